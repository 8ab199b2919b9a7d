-- wrk: each request has an event of its own.
local threads = 0

function setup(thread)
    thread:set("name", threads)
    threads = threads + 1
end

function init()
    sent = 0
end

function request()
    sent = sent + 1
    local body = string.format('{"type":"order.void","notificationId":"wrk-%d-%d"}', name, sent)
    return wrk.format("POST", nil, { ["Content-Type"] = "application/json" }, body)
end

function done(summary, latency, requests)
    local errors = summary.errors
    local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    io.write(string.format("completed %d failed %d\n", summary.requests, failed))
end
