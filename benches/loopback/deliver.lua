-- wrk: the same delivery again and again, as long as the one that the vendor's sandbox sent.
wrk.method = "POST"
wrk.headers["Accept-Encoding"] = "gzip"
wrk.headers["Content-Type"] = "application/json;charset=UTF-8"
wrk.headers["User-Agent"] = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Hutool"

function init(arguments)
    local file = io.open(arguments[1], "rb")
    wrk.body = file:read("*a")
    file:close()
end

function done(summary)
    local errors = summary.errors
    local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    io.write(string.format("completed %d failed %d\n", summary.requests, failed))
end
