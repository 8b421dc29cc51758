-- SPDX-License-Identifier: Apache-2.0
-- The action lua.authsms_check of haproxy.cfg: asks httpd whether a request may pass, and gives the
-- application the identity that httpd returns.

local url = "http://127.0.0.1:8080/authsms-check"
local prefix = "x-user-"
-- What httpd reads of a request
local asked = { "authorization", "cookie", "host", "origin", "sec-fetch-site" }
-- What a refused client gets
local refusals = { [401] = true, [403] = true, [503] = true }
local told = { "www-authenticate", "retry-after" }

-- HAProxy's lists begin at 0.
local function list(values)
    local all = {}
    local i = 0
    while values and values[i] do
        all[#all + 1] = values[i]
        i = i + 1
    end
    return all
end

-- Also in the spellings that CGI maps to the same variable
local function is_identity(name)
    return name:lower():gsub("[^%w]", "-"):sub(1, #prefix) == prefix
end

local function ask(txn, sent)
    local headers = {
        ["x-forwarded-for"] = { txn.sf:src() },
        ["x-forwarded-method"] = { txn.sf:method() },
    }
    for _, name in ipairs(asked) do
        local values = list(sent[name])
        if #values > 0 then
            headers[name] = values
        end
    end
    return core.httpclient():get({ url = url, headers = headers, timeout = 10000 })
end

local function refuse(txn, response)
    local reply = txn:reply()
    local status = response and response.status
    reply:set_status(refusals[status] and status or 500)
    for _, name in ipairs(told) do
        for _, value in ipairs(list(response and response.headers and response.headers[name])) do
            reply:add_header(name, value)
        end
    end
    txn:done(reply)
end

core.register_action("authsms_check", { "http-req" }, function(txn)
    local sent = txn.http:req_get_headers()
    for name in pairs(sent) do
        if is_identity(name) then
            txn.http:req_del_header(name)
        end
    end
    local response = ask(txn, sent)
    if not response or response.status ~= 204 then
        refuse(txn, response)
        return
    end
    for name, values in pairs(response.headers) do
        if is_identity(name) then
            txn.http:req_set_header(name, values[0])
        end
    end
end)
