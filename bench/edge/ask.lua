-- Asks for the addresses of a file, one after the other, with the headers that a browser sends from a shop's page.
-- `{n}` in an address becomes the number of the request.
-- wrk -s ask.lua http://127.0.0.1:PORT -- FILE

dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "../load.lua")

function init(arguments)
  local numbered = false
  local headers = browser({ ["Referer"] = "https://www.shop.example/", ["Accept"] = "*/*", ["Accept-Language"] = "nl-BE,nl;q=0.9,en;q=0.8" })
  for path in io.lines(arguments[1]) do
    numbered = numbered or path:find("{n}", 1, true) ~= nil
    requests[#requests + 1] = wrk.format("GET", path, headers)
  end
  if numbered then number() end
end

function number()
  local next_request = request
  -- Another for each run: what an earlier one asked is not asked again.
  local n = os.time() * 1000000
  function request()
    n = n + 1
    return (next_request():gsub("{n}", string.format("%d", n)))
  end
end
