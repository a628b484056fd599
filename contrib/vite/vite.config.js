// A front end on Vite's development server, http://localhost:5173, beside a site with Gatehouse
// on http://localhost:4000 (where contrib/quickstart puts it). Either of two ways will do.
//
// Through the proxy below the browser sees one origin, as on the real site:
//     npx vite
// Or the page calls the other origin, as it would https://api.example.com:
//     VITE_API_URL=http://localhost:4000 npx vite
//
// Both need one line in gatehouse.conf, for the browser names the page's origin when it writes:
//     cors: { allow_origins = [ "http://localhost:5173" ]; };
// Without it all works but one thing: a write with the cookie is 403 "cross_site".

// 127.0.0.1, not localhost: Node may try ::1 first and find nobody there.
const site = "http://127.0.0.1:4000";

export default {
  // Another port would be another origin: rather fail than take it.
  server: { port: 5173, strictPort: true, proxy: { "/auth/": site, "/user/": site } },
};
