return {
  title = "HTTP requests",
  module = "mp.http",
  setup = [[local http = require "mp.http"]],
  text = [[
`local http = require "mp.http"`: [http.md](http.md) introduces it. What the server says with a status is a response,
also 404 or 503; without one the result is nil, a reason and a message. Options are [below](#options-of-requests).

| reason | what happened |
|---|---|
| `timeout` | the time was over; `connect_timeout` was, for the connection |
| `refused` | nobody listens there |
| `resolve` | the name of the host is unknown |
| `tls` | no secure connection: the certificate is not trusted or not the host's |
| `protocol` | the protocol is not allowed, or what came is not HTTP |
| `redirects` | too many, a redirect from https to http, or to nonsense |
| `too_large` | the body exceeds `max_size`, or the headers 256 KiB |
| `network` | the connection broke, or there is none; a file that cannot be read |
]],
  functions = {
    {"http.get", "Waits for the answer to a GET.",
      params = {{"url", "string", "with its scheme"}, {"options", "httpoptions?", "options of this request"}},
      returns = {{"response"}, {"nil", "reason", "string", text = "a reason as above, and a message"}},
      errors = {
        {"http.get: the URL must be a string, not nil", "there is none", try = [[http.get()]]},
        {"http.get: the URL 'x' has no scheme, such as https://", "it is malformed", try = [[http.get "x"]]},
        {"http.get: the URL 'http://a b' has a blank in its host", "so is this", try = [[http.get "http://a b"]]},
        {"http.get: the URL has a control character", "and this", try = [[http.get "http://a\n"]]},
        {"http.get: a table of options expected, not a number", "`options` is no table",
          try = [[http.get("http://a", 5)]]},
        {"http.get has no 'timeot' (did you mean 'timeout'?)", "there is no such option",
          try = [[http.get("http://a", {timeot = 5})]]},
        {"http.get: timeout must be a number of seconds", "an option has a wrong type; likewise the others",
          try = [[http.get("http://a", {timeout = "5"})]]},
        {"http.get: either data or json", "both are given", try = [[http.get("http://a", {data = "a", json = 1})]]},
        {"http.get: json cannot be encoded: ...", "JSON has no such value",
          try = [[http.get("http://a", {json = print})]],
          needs = "dkjson"},
        {"http.get: 'a b' is not the name of a header", "it cannot be one",
          try = [[http.get("http://a", {headers = {["a b"] = 1}})]]},
        {"http.get: the header 'a' must be a string or a number", "it is neither",
          try = [[http.get("http://a", {headers = {a = {}}})]]},
        {"http.get: the header 'a' has a control character", "it would be more than one header",
          try = [[http.get("http://a", {headers = {a = "\n"}})]]},
        {"cannot write '/nowhere/x': No such file or directory", "`to_file` cannot be written; a full disk raises too",
          try = [[http.get("http://127.0.0.1:1", {to_file = "/nowhere/x"})]]},
      }},
    {"http.post", "Waits for the answer to a POST.", as = "http.get", errors = {}},
    {"http.put", "Waits for the answer to a PUT.", as = "http.get", errors = {}},
    {"http.delete", "Waits for the answer to a DELETE.", as = "http.get", errors = {}},
    {"http.head", "Waits for the answer to a HEAD, which has no body.", as = "http.get",
      errors = {{"http.head: HEAD has no body", "`data`, `json` or `to_file` is given",
        try = [[http.head("http://a", {data = "x"})]]}}},
    {"http.request", "Waits for the answer to any request.",
      params = {{"options", "httpoptions", "what is asked for, and [options](#options-of-requests)"}},
      fields = {
        {"url", "string", "with its scheme"},
        {"method", "string?", "such as `\"PATCH\"`", default = '"GET"'},
      },
      returns = {{"response"}, {"nil", "reason", "string", text = "a reason as above, and a message"}},
      errors = {
        {"http.request: a table with a url expected, not a string", "that is no table",
          try = [[http.request "http://a"]]},
        {"http.request: method must be a string", "it is none", try = [[http.request {url = "http://a", method = 1}]]},
        {"http.request: '1' is not a method", "it is none that HTTP has",
          try = [[http.request {url = "http://a", method = "1"}]]},
      }},
    {"http.get_many", [[
For a loop, `for url, response, reason, message in http.get_many(urls) do`: the answers to many GETs, in order of
completion, all in this process. A malformed URL is a failure (`protocol`) like others. Transfers go on while the loop
asks for the next; while its body runs they stand still, and so do their clocks. Leaving the loop ends what is under
way.]],
      params = {
        {"urls", "list | fun(): string?", "plain or shared, or a function that gives one URL per call and nil "
          .. "at the end"},
        {"options", "httpoptions?", "options of all requests, but for `to_file`"},
      },
      fields = {{"concurrency", "integer?", "how many requests may be under way at once", default = "8"}},
      returns = {{"fun(): string?, response?, reason?, string?", "nil", "nil", "any",
        text = "for a generic `for`, which closes the last"}},
      errors = {
        {"http.get_many: a list of URLs or a function that gives them expected, not a string", "that is neither",
          try = [[http.get_many "http://a"]]},
        {"http.get_many: a list of URLs expected, not a table with the key 'a' and without [1]", "it has no list",
          try = [[http.get_many {a = "http://a"}]]},
        {"http.get_many: give the list itself, not pairs", "what `pairs` or `ipairs` returns is no iterator of URLs",
          try = [[http.get_many(pairs {"http://a"})]]},
        {"http.get_many: concurrency must be a whole number from 1 on", "it is none",
          try = [[http.get_many({}, {concurrency = 0})]]},
        {"http.get_many: to_file would be the same for all answers", "all would be written to one file",
          try = [[http.get_many({}, {to_file = "x"})]]},
      }},
    {"http.session", "Makes a [session](#http-sessions).",
      params = {{"defaults", "httpoptions?", "options of all its requests; headers and params add up"}},
      returns = {{"session"}},
      errors = {
        {"http.session: a table of options expected, not a number", "that is no table", try = [[http.session(5)]]},
        {"http.session: to_file would be the same for all answers", "all would be written to one file",
          try = [[http.session {to_file = "x"}]]},
      }},
  },
}
