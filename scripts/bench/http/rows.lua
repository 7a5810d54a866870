-- Small files from a real server on the loopback, beside requests and curl.
local function row(kind, title, python_is, ...)
  return {
    name = "http_" .. kind, title = title, args = {kind, "$url"}, files = true, python_is = python_is,
    limit = {"command", 1000, "curl", "--silent", "--fail", ...}, limit_is = "curl, the whole program",
  }
end

return {
  title = "HTTP, files of 1 KiB from this machine",
  rows = {
    row("get", "http.get", "requests.get", "--header", "Connection: close", "$url[1-1000]"),
    row("session", "session:get", "requests.Session", "$url[1-1000]"),
    row("many", "http.get_many, 8 at once", "8 threads, one Session",
        "--parallel", "--parallel-immediate", "--parallel-max", "8", "$url[1-1000]"),
  },
}
