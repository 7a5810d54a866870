return {
  title = "HTTP sessions",
  module = "mp.http",
  setup = [[local http = require "mp.http"; local session = http.session()]],
  text = [[
A session, made by `http.session`, keeps connections and cookies; without one each request has a connection of its
own, and cookies last for its redirects only. A session cannot be sent. A process that was started while its maker had
one begins with the cookies, and makes connections of its own.
]],
  class = {
    id = "session", var = "session",
    operators = {{"__close", "local session <close> = http.session()", nil, "closes it at the end of the scope"}},
    methods = {
      {"get", "As `http.get`, with the session's options, connections and cookies.", as = "http.get",
        errors = {{"the session is closed", "it asks for nothing any more",
          try = [[session:close() session:get "http://127.0.0.1:1"]]}}},
      {"post", "As `http.post`.", as = "http.get", errors = {}},
      {"put", "As `http.put`.", as = "http.get", errors = {}},
      {"delete", "As `http.delete`.", as = "http.get", errors = {}},
      {"head", "As `http.head`.", as = "http.get", errors = {}},
      {"request", "As `http.request`.", as = "http.request", errors = {}},
      {"get_many", "As `http.get_many`.", as = "http.get_many", errors = {}},
      {"close", "Ends its connections. May be called again."},
    },
  },
}
