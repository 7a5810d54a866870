return {
  title = "HTTP headers",
  module = "mp.http",
  text = [[
The headers of [a response](#http-responses) are an ordinary table. Values of one name that comes several times are
joined by `", "`.
]],
  class = {
    id = "headers", type = false, var = "h",
    operators = {{"__index", 'h["content-type"]', "string?", "by its name in any case; `pairs` gives the names "
      .. "in lower case"}},
  },
}
