-- Posts the beacons of a file, one after the other, as the widget does: each line is a path, a tab and a body.
-- wrk -s post.lua http://127.0.0.1:PORT -- FILE

dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "../load.lua")

function init(arguments)
  local headers = browser({ ["Content-Type"] = "text/plain;charset=UTF-8" })
  for line in io.lines(arguments[1]) do
    local path, body = line:match("^([^\t]+)\t(.*)$")
    requests[#requests + 1] = wrk.format("POST", path, headers, body)
  end
end
