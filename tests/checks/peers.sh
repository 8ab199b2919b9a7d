# The third-party programs that tests/interop uses, and the requests that they received.

PROXY_USER=agent
PROXY_PASSWORD=pr0xy-4c1d

# Where they listen: nginx at each of these hosts, and at 127.0.0.2, which its certificate leaves out.
hosts=(localhost 127.0.0.1)
! grep -qs '^0*1 .* lo$' /proc/net/if_inet6 || hosts+=('[::1]')

# free_ports COUNT: COUNT free ports in one line, because not every program supports port 0.
free_ports() {
    python3 -c '
import socket
import sys

sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*(sock.getsockname()[1] for sock in sockets))
' "$1"
}

# started NAME PORT: the server that was started last listens; what it printed is in $work/NAME.log.
started() {
    local tries
    servers+=($!)
    for tries in {1..100}; do
        if (exec 3<> "/dev/tcp/127.0.0.1/$2") 2> /dev/null; then return; fi
        sleep 0.1
    done
    fail "$1 does not listen"$'\n'"$(< "$work/$1.log")"
}

# Two CAs, and a certificate for the hosts by one of them.
certificates() {
    local ca
    cat > "$work/openssl.cnf" << 'END'
[req]
distinguished_name = name
[name]
[ca]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = DNS:localhost, IP:127.0.0.1, IP:::1
END
    for ca in ca other-ca; do
        certificate "$ca" -extensions ca -subj "/CN=$ca"
    done
    certificate server -extensions server -subj /CN=localhost \
        -CA "$work/ca.pem" -CAkey "$work/ca.key"
}

# certificate NAME OPTION...
certificate() {
    local name=$1
    shift
    openssl req -x509 -config "$work/openssl.cnf" -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc \
        -days 2 -keyout "$work/$name.key" -out "$work/$name.pem" "$@" 2> "$work/openssl.log" \
        || fail "openssl makes no certificate: $(< "$work/openssl.log")"
}

# nginx in front of the sandbox: without TLS, with TLS 1.2 alone and with TLS 1.3 alone, at
# $http_port, $tls_1_2_port and $tls_1_3_port.
start_nginx() {
    certificates
    start_sandbox
    read -r http_port tls_1_2_port tls_1_3_port < <(free_ports 3)
    nginx_log=$work/nginx-access.log
    nginx_seen=0
    cat > "$work/nginx.conf" << END
daemon off;
master_process off;
pid $work/nginx.pid;
error_log stderr;
events {}
http {
    log_format seen '\$ssl_protocol request \$connection_requests: \$status '
                    '\$sent_http_content_encoding \$sent_http_transfer_encoding';
    access_log $nginx_log seen;
    client_body_temp_path $work/nginx-body;
    proxy_temp_path $work/nginx-proxy;
    fastcgi_temp_path $work/nginx-fastcgi;
    scgi_temp_path $work/nginx-scgi;
    uwsgi_temp_path $work/nginx-uwsgi;

    gzip on;
    gzip_types application/json;
    gzip_min_length 0;
    keepalive_timeout 60;
    ssl_certificate $work/server.pem;
    ssl_certificate_key $work/server.key;

    server {
        $(listen_at "$http_port")
        location / { proxy_pass $url; }
    }
    server {
        $(listen_at "$tls_1_2_port" ssl)
        ssl_protocols TLSv1.2;
        location / { proxy_pass $url; }
    }
    server {
        $(listen_at "$tls_1_3_port" ssl)
        ssl_protocols TLSv1.3;
        location / { proxy_pass $url; }
    }
}
END
    nginx -e stderr -c "$work/nginx.conf" &> "$work/nginx.log" &
    started nginx "$http_port"
}

# listen_at PORT [OPTION]
listen_at() {
    local address
    for address in "${hosts[@]:1}" 127.0.0.2; do printf 'listen %s:%s; ' "$address" "$1 ${2:-}"; done
}

# nginx_saw TLS-VERSION NTH: nginx, which writes when all was sent, has responded to one request more, the
# nth of its connection, and compressed the response, in chunks.
nginx_saw() {
    local tries line= expected="$1 request $2: 200 gzip chunked"
    nginx_seen=$((nginx_seen + 1))
    for tries in {1..50}; do
        line=$(sed -n "${nginx_seen}p" "$nginx_log")
        [ -z "$line" ] || break
        sleep 0.1
    done
    [ "$line" = "$expected" ] || fail "nginx saw '$line' in place of '$expected'"
}

# It has responded to no request that was not asked for by nginx_saw.
nginx_saw_nothing_else() {
    [ "$(wc -l < "$nginx_log")" = $nginx_seen ] || fail "nginx answered: $(tail -n 1 "$nginx_log")"
}

# tinyproxy, which requires a password, at $proxy_port.
start_proxy() {
    proxy_port=$(free_ports 1)
    proxy_tunnels=0
    cat > "$work/tinyproxy.conf" << END
Port $proxy_port
Listen 127.0.0.1
Timeout 20
BasicAuth $PROXY_USER $PROXY_PASSWORD
END
    tinyproxy -d -c "$work/tinyproxy.conf" &> "$work/tinyproxy.log" &
    started tinyproxy "$proxy_port"
}

# proxy_tunnelled COUNT: COUNT more tunnels.
proxy_tunnelled() {
    local count
    proxy_tunnels=$((proxy_tunnels + $1))
    count=$(grep -c 'Established connection to host' "$work/tinyproxy.log" || true)
    [ "$count" = $proxy_tunnels ] || fail "tinyproxy made $count tunnels in place of $proxy_tunnels"
}

# start_python_server HTTP-VERSION: http.server, which by HTTP/1.0 ends its response by closing the
# connection; its address is then in $url.
start_python_server() {
    local out
    exec {out}< <(exec python3 -u -c '
import http.server
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = sys.argv[1]

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        answer = b"{\"status\": 0, \"msg\": \"success\"}"
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        if self.protocol_version == "HTTP/1.1":
            self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
    print(f"http://127.0.0.1:{server.server_port}")
    server.serve_forever()
' "$1" 2> "$work/http.server.log")
    servers+=($!)
    read -r url <&"$out" || fail "http.server does not start: $(< "$work/http.server.log")"
}

# start_python_proxy SCHEME STATUS: a proxy over http.server that opens every tunnel with that status;
# its address is then in $proxy_url. With https it has the certificate of nginx.
start_python_proxy() {
    local out
    exec {out}< <(exec python3 -u -c '
import http.server
import select
import socket
import ssl
import sys

scheme, status, certificate, key = sys.argv[1:]


def relay(client, server):
    others = {client: server, server: client}
    while True:
        for source in select.select(others, [], [])[0]:
            piece = source.recv(65536)
            if not piece:
                return
            others[source].sendall(piece)


class Handler(http.server.BaseHTTPRequestHandler):
    # What follows the head is for the tunnel.
    rbufsize = 0

    def do_CONNECT(self):
        host, port = self.path.rsplit(":", 1)
        with socket.create_connection((host.strip("[]"), int(port))) as server:
            self.wfile.write(f"HTTP/1.1 {status} Tunnel\r\nContent-Length: 5\r\n\r\n".encode())
            relay(self.connection, server)


with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
    if scheme == "https":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print(f"{scheme}://localhost:{server.server_port}")
    server.serve_forever()
' "$1" "$2" "$work/server.pem" "$work/server.key" 2> "$work/proxy.log")
    servers+=($!)
    read -r proxy_url <&"$out" || fail "the proxy does not start: $(< "$work/proxy.log")"
}
