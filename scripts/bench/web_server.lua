-- A real nginx on the loopback that has small files, for the rows that fetch them. It ends with its scope, and with us.
local mp = require "mp"
local http = require "mp.http"

local Server = {}
Server.__index = Server

local FILES <const>, SIZE <const> = 1000, 1024
local config = [[
daemon off;
master_process off;
pid nginx.pid;
error_log error.log;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  keepalive_requests 1000000;
  root www;
  server { listen 127.0.0.1:$port; }
}
]]

local function first_line(command)
  local pipe <close> = assert(io.popen(command))
  return pipe:read "l"
end

local function write(path, text)
  local file <close> = assert(io.open(path, "w"))
  file:write(text)
end

-- A port that was free a moment ago.
local function free_port()
  local code = "import socket; print(socket.create_server((\"127.0.0.1\", 0)).getsockname()[1])"
  return assert(math.tointeger(tonumber(first_line(("/usr/bin/python3 -c '%s'"):format(code)))), "no free port")
end

local function words(begin)
  return begin .. (" word"):rep(SIZE):sub(1, SIZE - #begin)
end

-- The first file, which begins with the name of our directory: so that no other server is taken for ours.
local function first_file(server)
  return words(server.directory)
end

local function write_files(server)
  assert(os.execute(("mkdir '%s/www'"):format(server.directory)))
  for i = 1, FILES do write(("%s/www/%d"):format(server.directory, i), words "") end
  write(server.directory .. "/www/1", first_file(server))
end

local function answers(server)
  local due = mp.time() + 2
  repeat
    local response = http.get(server.url .. "1", {timeout = 1})
    if response and response.text == first_file(server) then return true end
    mp.sleep(0.01)
  until mp.time() > due
  return false
end

local function start_nginx(server)
  local port = free_port()
  server.url = ("http://127.0.0.1:%d/"):format(port)
  write(server.directory .. "/nginx.conf", (config:gsub("%$port", port)))
  -- A program that we opened ends with us, however we end.
  local command = "PATH=$PATH:/usr/sbin; echo $$; exec nginx -p '%s' -c nginx.conf -e error.log 2>&1"
  server.nginx = assert(io.popen(command:format(server.directory)))
  server.pid = server.nginx:read "l"
end

local function stop_nginx(server)
  if not server.nginx then return end
  os.execute(("kill %s 2>/dev/null"):format(server.pid))
  local said = server.nginx:read "a"
  server.nginx:close()
  server.nginx = nil
  return said
end

local function start(server)
  local said
  write_files(server)
  for _ = 1, 3 do   -- somebody else may have taken the port meanwhile
    start_nginx(server)
    if answers(server) then return end
    said = stop_nginx(server)
  end
  error("nginx does not start: " .. said, 0)
end

-- A server, whose url has the files 1, 2 ...
function Server.start()
  local server = setmetatable({directory = assert(first_line "mktemp -d -t mplua-bench.XXXXXX")}, Server)
  local ok, message = pcall(start, server)
  if ok then return server end
  server:__close()
  error(message, 0)
end

function Server.__close(server)
  stop_nginx(server)
  os.execute(("rm -rf '%s'"):format(server.directory))
end

return Server
