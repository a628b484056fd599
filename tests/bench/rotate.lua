-- SPDX-License-Identifier: MIT
-- wrk -s rotate.lua URL -- TOKENS FIELD SCHEME: a different user's token in each
-- request, as "FIELD: SCHEMEtoken", and the outcome as one line of JSON.

local requests, last = {}, 0

function init(args)
   for token in io.lines(args[1]) do
      requests[#requests + 1] =
         wrk.format("GET", wrk.path, { [args[2]] = args[3] .. token })
   end
end

function request()
   last = last % #requests + 1
   return requests[last]
end

function done(summary, latency)
   local e = summary.errors
   io.write(string.format('JSON {"requests":%d,"us":%d,"p50":%d,"p90":%d,' ..
      '"p99":%d,"failed":%d,"refused":%d}\n', summary.requests,
      summary.duration, latency:percentile(50), latency:percentile(90),
      latency:percentile(99), e.connect + e.read + e.write + e.timeout,
      e.status))
end
