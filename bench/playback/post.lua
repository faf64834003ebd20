-- Posts the beacons of a file, one after the other, as the widget does: each line is a path, a tab and a body.
-- wrk -s post.lua http://127.0.0.1:PORT -- FILE

local requests = {}
local at = 0

function init(arguments)
  local headers = {
    ["Host"] = "edge.example",
    ["Origin"] = "https://www.shop.example",
    ["Content-Type"] = "text/plain;charset=UTF-8",
    ["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
  }
  for line in io.lines(arguments[1]) do
    local path, body = line:match("^([^\t]+)\t(.*)$")
    requests[#requests + 1] = wrk.format("POST", path, headers, body)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"duration_us":%d,"p99_us":%d,"bytes":%d,"failed":%d}\n',
    summary.requests, summary.duration, latency:percentile(99), summary.bytes,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout
  ))
end
