-- Asks for the addresses of a file, one after the other, with the headers that a browser sends from a shop's page.
-- `{n}` in an address becomes the number of the request.
-- wrk -s ask.lua http://127.0.0.1:PORT -- FILE

local requests = {}
local at = 0
-- Another for each run: what an earlier one asked is not asked again.
local n = os.time() * 1000000
local numbered = false

function init(arguments)
  local headers = {
    ["Host"] = "edge.example",
    ["Origin"] = "https://www.shop.example",
    ["Referer"] = "https://www.shop.example/",
    ["Accept"] = "*/*",
    ["Accept-Language"] = "nl-BE,nl;q=0.9,en;q=0.8",
    ["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
  }
  for path in io.lines(arguments[1]) do
    numbered = numbered or path:find("{n}", 1, true) ~= nil
    requests[#requests + 1] = wrk.format("GET", path, headers)
  end
end

function request()
  at = at % #requests + 1
  if not numbered then return requests[at] end
  n = n + 1
  return (requests[at]:gsub("{n}", string.format("%d", n)))
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"duration_us":%d,"p99_us":%d,"bytes":%d,"failed":%d}\n',
    summary.requests, summary.duration, latency:percentile(99), summary.bytes,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout
  ))
end
