return {
  title = "HTTP responses",
  module = "mp.http",
  setup = [[
    local http = require "mp.http"
    local path = os.tmpname()
    local r = http.get("file://" .. path, {protocols = "file"})
    os.remove(path)]],
  text = [[
A response is an ordinary table, and can be sent to other processes.
]],
  class = {
    id = "response", type = false, var = "r",
    fields = {
      {"status", "integer", "such as 200"},
      {"ok", "boolean", "is the status below 400?"},
      {"text", "string?", "the body as it is after decompression; nil with `to_file`"},
      {"file", "string?", "with `to_file`, its name"},
      {"headers", "headers", "see [HTTP headers](#http-headers)"},
      {"url", "string", "where redirects ended"},
      {"elapsed", "seconds", "from the first request to the last byte, pauses of retries included"},
    },
    methods = {
      {"json", "What the body says as JSON: null is nil, whole numbers are integers. It needs the Lua module "
        .. "dkjson (Debian: "
        .. "lua-dkjson), as does the option `json`.",
        returns = {{"any", text = "the value"}, {"nil", '"protocol"', "string", text = "the text is no JSON, and why"}},
        errors = {{"r:json() needs the Lua module dkjson (Debian's package lua-dkjson): ...", "it is not installed",
          try = [[
            package.path, package.cpath, package.loaded.dkjson = "", "", nil
            r:json()
          ]]}}},
      {"raise_for_status", "Raises unless it is `ok`.",
        returns = {{"response", text = "the same"}},
        errors = {{"status 404 for ...", "it is not", try = [[
          r.status, r.ok = 404, false
          r:raise_for_status()
        ]]}}},
    },
  },
}
