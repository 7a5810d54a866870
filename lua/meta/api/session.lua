---@meta _
-- Written by ./dev api from doc/api: change it there.

---@class mp.http.Session
local session = {}

--- As `http.get`, with the session's options, connections and cookies.
---
--- Raises
--- - `the session is closed`: it asks for nothing any more
---@param url string with its scheme
---@param options? mp.http.Options options of this request
---@return mp.http.Response | nil # response; or nil, reason, string: a reason as above, and a message
---@return nil | mp.reason
---@return nil | string
function session:get(url, options) end

--- As `http.post`.
---@param url string with its scheme
---@param options? mp.http.Options options of this request
---@return mp.http.Response | nil # response; or nil, reason, string: a reason as above, and a message
---@return nil | mp.reason
---@return nil | string
function session:post(url, options) end

--- As `http.put`.
---@param url string with its scheme
---@param options? mp.http.Options options of this request
---@return mp.http.Response | nil # response; or nil, reason, string: a reason as above, and a message
---@return nil | mp.reason
---@return nil | string
function session:put(url, options) end

--- As `http.delete`.
---@param url string with its scheme
---@param options? mp.http.Options options of this request
---@return mp.http.Response | nil # response; or nil, reason, string: a reason as above, and a message
---@return nil | mp.reason
---@return nil | string
function session:delete(url, options) end

--- As `http.head`.
---@param url string with its scheme
---@param options? mp.http.Options options of this request
---@return mp.http.Response | nil # response; or nil, reason, string: a reason as above, and a message
---@return nil | mp.reason
---@return nil | string
function session:head(url, options) end

--- As `http.request`.
---@param options mp.http.request.Options what is asked for, and [options](#options-of-requests)
---@return mp.http.Response | nil # response; or nil, reason, string: a reason as above, and a message
---@return nil | mp.reason
---@return nil | string
function session:request(options) end

--- As `http.get_many`.
---@param urls mp.list | fun(): string? plain or shared, or a function that gives one URL per call and nil at the end
---@param options? mp.http.get_many.Options options of all requests, but for `to_file`
---@return fun(): string?, mp.http.Response?, mp.reason?, string? # fun(): string?, response?, reason?, string?, nil, nil, any: for a generic `for`, which closes the last
---@return nil
---@return nil
---@return any
function session:get_many(urls, options) end

--- Ends its connections. May be called again.
function session:close() end
