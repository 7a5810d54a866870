-- Servers on the loopback for the specs of mp.http: a real one, nginx, and one that answers as a test tells it to.
local helper = require "spec.helper"
local mp = require "mp"
local socket = require "socket"

local server = {}

-- What nginx gives. Each port has all of it; `tls` and `strange` are TLS with certificates of ours and of nobody.
local config = [[
daemon off;
master_process off;
pid nginx.pid;
error_log error.log;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  default_type text/plain;
  root www;
  server {
    listen 127.0.0.1:$plain;
    listen 127.0.0.1:$other;
    listen 127.0.0.1:$tls ssl;
    ssl_certificate good.pem;
    ssl_certificate_key good.key;
    location / { }
    location /status/ { rewrite ^/status/(.*)$ /$1; }
    location = /404 { return 404 "not here"; }
    location = /500 { return 500 "broken"; }
    location = /204 { return 204; }
    location = /method { return 200 "$request_method $request_uri"; }
    location = /secrets { return 200 "$http_authorization|$http_cookie|$http_x_other"; }
    location = /connection { return 200 "$connection"; }
    location = /agent { return 200 "$http_user_agent"; }
    location = /cookie { add_header Set-Cookie "taste=sweet; Path=/"; return 200 "set"; }
    location = /cookie/redirect { add_header Set-Cookie "taste=sour; Path=/"; return 302 /secrets; }
    location = /headers { add_header X-One "first"; add_header X-Many "a"; add_header X-Many "b"; return 200 ""; }
    location = /private { auth_basic "p"; auth_basic_user_file users; try_files /hello.txt =404; }
    location = /1 { return 301 /2; }
    location = /2 { return 302 /3; }
    location = /3 { return 307 /method; }
    location = /303 { return 303 /method; }
    location = /308 { return 308 /method; }
    location = /loop { return 302 /loop; }
    location = /to-file { return 302 file:///etc/hostname; }
    location = /to-plain { return 302 http://127.0.0.1:$plain/secrets; }
    location = /to-other { return 302 http://127.0.0.1:$other/secrets; }
    location = /to-tls { return 302 https://127.0.0.1:$tls/secrets; }
    location = /zipped { gzip on; gzip_types *; gzip_min_length 0; try_files /text.txt =404; }
    location = /bomb { add_header Content-Encoding gzip; try_files /bomb.gz =404; }
    location = /slow { limit_rate 20; try_files /text.txt =404; }
  }
  server {
    listen 127.0.0.1:$strange ssl;
    ssl_certificate strange.pem;
    ssl_certificate_key strange.key;
    location / { return 200 "strange"; }
  }
}
]]

local certificates = [[
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -subj /CN=ours -days 2
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout strange.key -out strange.pem \
  -subj /CN=strange -addext subjectAltName=IP:127.0.0.1 -days 2
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout good.key -out good.csr -subj /CN=good
echo subjectAltName=IP:127.0.0.1 >good.ext
openssl x509 -req -in good.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile good.ext -out good.pem -days 2
]]

local files = [[
mkdir -p www
printf hello >www/hello.txt
seq 1000 >www/text.txt
truncate -s 100M www/large
head -c 200M /dev/zero | gzip -1 >www/bomb.gz
for i in $(seq 200); do echo "file $i" >www/file$i; done
printf 'ann:{PLAIN}secret\n' >users
]]

local function port_of(listener)
  local _, port = listener:getsockname()
  return math.tointeger(tonumber(port))
end

-- Different ports that were free a moment ago.
local function free_ports(n)
  local sockets, ports = {}, {}
  for i = 1, n do
    sockets[i] = assert(socket.bind("127.0.0.1", 0))
    ports[i] = port_of(sockets[i])
  end
  for i = 1, n do sockets[i]:close() end
  return ports
end

-- A port at which nobody listens.
function server.nobody() return free_ports(1)[1] end

local function listens(port)
  local client = socket.connect("127.0.0.1", port)
  if client then client:close() end
  return client ~= nil
end

local nginx, ports

local function start_nginx()
  local list = free_ports(4)
  ports = {plain = list[1], other = list[2], tls = list[3], strange = list[4]}
  helper.file("nginx.conf", (config:gsub("%$(%l+)", ports)))
  -- A program that we opened ends with us, however we end.
  local command = "PATH=$PATH:/usr/sbin; exec nginx -p '%s' -c nginx.conf -e error.log 2>&1"
  nginx = assert(io.popen(command:format(helper.path "")))
  return helper.wait_until(function() return listens(ports.strange) end, 2)
end

-- For setup.
function server.setup()
  local script = helper.file("prepare.sh", "set -e\ncd \"$1\"\nPATH=$PATH:/usr/sbin\n" .. certificates .. files)
  assert(os.execute(("sh '%s' '%s' >'%s' 2>&1"):format(script, helper.path "", helper.path "prepare.log")))
  local tries = 0
  while not start_nginx() do   -- somebody else may have taken a port meanwhile
    tries = tries + 1
    assert(tries < 5, "nginx does not start")
    server.teardown()
  end
end

-- For teardown.
function server.teardown()
  if not nginx then return end
  os.execute(("kill $(cat '%s') 2>/dev/null"):format(helper.path "nginx.pid"))
  nginx:close()
  nginx = nil
end

-- url("/x"), url("/x", "tls"): of nginx
function server.url(path, port)
  local scheme = (port == "tls" or port == "strange") and "https" or "http"
  return ("%s://127.0.0.1:%d%s"):format(scheme, ports[port or "plain"], path)
end

function server.authority() return helper.path "ca.pem" end

-- ---- one that answers as told ----

-- The next request on a connection: its first line, headers, body. nil: the client has closed it.
local function read_request(client)
  local first = client:receive "*l"
  if not first then return end
  local request, head = {line = first, headers = {}}, {first}
  for line in function() return client:receive "*l" end do
    if line == "" then break end
    head[#head + 1] = line
    local name, value = line:match "^(%S-):%s*(.*)$"
    request.headers[name:lower()] = value
  end
  request.head = table.concat(head, "\n")
  local size = tonumber(request.headers["content-length"] or 0)
  request.body = size > 0 and client:receive(size) or ""
  return request
end

local function serve(listener, handler)
  local n = 0
  while true do
    local client = listener:accept()
    for request in read_request, client do
      n = n + 1
      if handler(client, request, n) == false then break end
    end
    client:close()
  end
end

local told = {}

-- Starts a process that calls handler(client, request, n) for the n-th request of all; false closes the connection.
-- Returns the URL of its root.
function server.start(handler)
  local listener = assert(socket.bind("127.0.0.1", 0, 64))
  local port = port_of(listener)
  told[#told + 1] = mp.spawn {target = serve, args = {listener, handler}, daemon = true}
  listener:close()
  return ("http://127.0.0.1:%d/"):format(port)
end

function server.answer(client, text, more, status)
  client:send(("HTTP/1.1 %s\r\nContent-Length: %d\r\n%s\r\n%s"):format(status or "200 OK", #text, more or "", text))
end

-- Of those started: for after_each.
function server.end_all()
  for _, process in ipairs(told) do
    process:kill()
    process:join()
  end
  told = {}
end

return server
