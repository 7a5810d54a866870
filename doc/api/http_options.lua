return {
  title = "Options of requests",
  text = [[
A redirect after 301 or 302 makes a POST a GET, after 303 anything but HEAD; 307 and 308 ask the same again. `auth`,
and `Authorization` and `Cookie` given as headers, are not sent on to another scheme, host or port. A redirect leads
to `http` and `https` only, never from the second to the first.

`to_file` takes the body of an answer with a status from 200 to 299; what else the server says is in `text`. The body
goes to a file beside the target whose name ends in `.part`, which takes the target's place when all has come. After a
failure it is gone; only a killed process leaves it behind.

Retries follow failures of the network (`timeout`, `refused`, `resolve`, `network`) and the statuses 429, 502, 503 and
504, after a pause of about 0.1, 0.2, 0.4 ... seconds, at most 10, or the one that the server asks for by
`Retry-After`. When a pause would exceed `timeout`, what came last is returned at once.

The variables `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy` are heeded as curl does.
]],
  record = {
    id = "httpoptions",
    fields = {
      {"params", "table | string | nil", "added to the URL: a table, sorted by name, where a list gives its "
        .. "name several "
        .. "times; or a string"},
      {"headers", "table<string, string | number>?", "names and values"},
      {"data", "string | table | nil", "the body: a string, sent as it is, or a table, sent as a form"},
      {"json", "any", "the body: a value, sent as JSON; a shared table too. It needs the Lua module dkjson"},
      {"timeout", "seconds?", "for everything, redirects and retries included; `math.huge`: no bound", default = "30"},
      {"connect_timeout", "seconds?", "for each connection, the look-up of the name included", default = "10"},
      {"allow_redirects", "boolean | integer | nil", "how many redirects are followed; `false`: none, `true`: 10",
        default = "10"},
      {"auth", "string[]?", "`{user, password}`, sent as Basic authentication"},
      {"verify", "boolean?", "`false`: any certificate will do", default = "true"},
      {"ca_file", "string?", "a file of certificates that are trusted, instead of the system's"},
      {"max_size", "bytes?", "of the body, decompressed", default = "64 MiB; with to_file no bound"},
      {"protocols", "string | string[] | nil", "those allowed, of `http`, `https` and `file`",
        default = '{"http", "https"}'},
      {"to_file", "string?", "the name of a file for the body"},
      {"retries", "integer?", "further tries of GET and HEAD", default = "0"},
    },
  },
}
