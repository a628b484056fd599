// The development server of contrib/vite, which says what Gatehouse has to know of it, and what a
// program of React needs beyond.
import vite from "../vite/vite.config.js";

const { server } = vite;
const site = server.proxy["/user/"];

export default {
  esbuild: { jsx: "automatic" },
  server: {
    ...server,
    // The quickstart's stand-in for Clerk, whose script this page loads as the site does.
    proxy: { ...server.proxy, "/.clerk/": site },
    // The client stands beside this folder.
    fs: { allow: [".."] },
  },
};
