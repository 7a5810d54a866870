---@meta _
-- Written by ./dev api from doc/api: change it there.

---@class mp.http
local http = {}

--- Waits for the answer to a GET.
---
--- Raises
--- - `http.get: the URL must be a string, not nil`: there is none
--- - `http.get: the URL 'x' has no scheme, such as https://`: it is malformed
--- - `http.get: the URL 'http://a b' has a blank in its host`: so is this
--- - `http.get: the URL has a control character`: and this
--- - `http.get: a table of options expected, not a number`: `options` is no table
--- - `http.get has no 'timeot' (did you mean 'timeout'?)`: there is no such option
--- - `http.get: timeout must be a number of seconds`: an option has a wrong type; likewise the others
--- - `http.get: either data or json`: both are given
--- - `http.get: json cannot be encoded: ...`: JSON has no such value
--- - `http.get: 'a b' is not the name of a header`: it cannot be one
--- - `http.get: the header 'a' must be a string or a number`: it is neither
--- - `http.get: the header 'a' has a control character`: it would be more than one header
--- - `cannot write '/nowhere/x': No such file or directory`: `to_file` cannot be written; a full disk raises too
---@param url string with its scheme
---@param options? mp.http.Options options of this request
---@return mp.http.Response | nil # response; or nil, reason, string: a reason as above, and a message
---@return nil | mp.reason
---@return nil | string
function http.get(url, options) end

--- Waits for the answer to a POST.
---@param url string with its scheme
---@param options? mp.http.Options options of this request
---@return mp.http.Response | nil # response; or nil, reason, string: a reason as above, and a message
---@return nil | mp.reason
---@return nil | string
function http.post(url, options) end

--- Waits for the answer to a PUT.
---@param url string with its scheme
---@param options? mp.http.Options options of this request
---@return mp.http.Response | nil # response; or nil, reason, string: a reason as above, and a message
---@return nil | mp.reason
---@return nil | string
function http.put(url, options) end

--- Waits for the answer to a DELETE.
---@param url string with its scheme
---@param options? mp.http.Options options of this request
---@return mp.http.Response | nil # response; or nil, reason, string: a reason as above, and a message
---@return nil | mp.reason
---@return nil | string
function http.delete(url, options) end

--- Waits for the answer to a HEAD, which has no body.
---
--- Raises
--- - `http.head: HEAD has no body`: `data`, `json` or `to_file` is given
---@param url string with its scheme
---@param options? mp.http.Options options of this request
---@return mp.http.Response | nil # response; or nil, reason, string: a reason as above, and a message
---@return nil | mp.reason
---@return nil | string
function http.head(url, options) end

---@class mp.http.request.Options: mp.http.Options
---@field url string with its scheme
---@field method? string such as `"PATCH"`; left out: `"GET"`

--- Waits for the answer to any request.
---
--- Raises
--- - `http.request: a table with a url expected, not a string`: that is no table
--- - `http.request: method must be a string`: it is none
--- - `http.request: '1' is not a method`: it is none that HTTP has
---@param options mp.http.request.Options what is asked for, and [options](#options-of-requests)
---@return mp.http.Response | nil # response; or nil, reason, string: a reason as above, and a message
---@return nil | mp.reason
---@return nil | string
function http.request(options) end

---@class mp.http.get_many.Options: mp.http.Options
---@field concurrency? integer how many requests may be under way at once; left out: `8`

--- For a loop, `for url, response, reason, message in http.get_many(urls) do`: the answers to many GETs, in order of
--- completion, all in this process. A malformed URL is a failure (`protocol`) like others. Transfers go on while the loop
--- asks for the next; while its body runs they stand still, and so do their clocks. Leaving the loop ends what is under
--- way.
---
--- Raises
--- - `http.get_many: a list of URLs or a function that gives them expected, not a string`: that is neither
--- - `http.get_many: a list of URLs expected, not a table with the key 'a' and without [1]`: it has no list
--- - `http.get_many: give the list itself, not pairs`: what `pairs` or `ipairs` returns is no iterator of URLs
--- - `http.get_many: concurrency must be a whole number from 1 on`: it is none
--- - `http.get_many: to_file would be the same for all answers`: all would be written to one file
---@param urls mp.list | fun(): string? plain or shared, or a function that gives one URL per call and nil at the end
---@param options? mp.http.get_many.Options options of all requests, but for `to_file`
---@return fun(): string?, mp.http.Response?, mp.reason?, string? # fun(): string?, response?, reason?, string?, nil, nil, any: for a generic `for`, which closes the last
---@return nil
---@return nil
---@return any
function http.get_many(urls, options) end

--- Makes a [session](#http-sessions).
---
--- Raises
--- - `http.session: a table of options expected, not a number`: that is no table
--- - `http.session: to_file would be the same for all answers`: all would be written to one file
---@param defaults? mp.http.Options options of all its requests; headers and params add up
---@return mp.http.Session
function http.session(defaults) end
