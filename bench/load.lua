-- What wrk's scripts here share: a shop's browser, requests that are sent one after the other, and what is said at the end.

requests = {}
local at = 0

-- The headers that every request of a browser on a shop's page has, and some of its own.
function browser(headers)
  headers["Host"] = "edge.example"
  headers["Origin"] = "https://www.shop.example"
  headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
  return headers
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
