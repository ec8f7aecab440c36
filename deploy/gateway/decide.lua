-- Asks the gateway about a call. For HAProxy 2.6 or newer.
-- HAProxy asks up to four times before it gives up.
local PATIENCE_MS = 1000

local UNAVAILABLE = '{"type":"urn:xtremepush-access:problem:unavailable",'
  .. '"title":"The gateway cannot decide now","status":503,"code":"unavailable"}'

-- Where a caller gets these from the gateway.
local PASSED_ON = { "content-type", "retry-after", "www-authenticate", "x-request-id", "x-xtremepush-permission" }

-- HAProxy counts the values of a header from 0.
local function all_of(values)
  local list = {}
  for index, value in pairs(values or {}) do
    list[index + 1] = value
  end
  return list
end

-- The body, if HAProxy has all of it for sure: what has no length is decided without.
local function whole_body(txn, headers)
  local length = tonumber(all_of(headers["content-length"])[1])
  local body = txn.sf:req_body()
  if length ~= nil and length > 0 and #body == length then
    return body
  end
  return nil
end

local function ask(txn, address)
  local headers = txn.http:req_get_headers()
  local asked = {
    url = address,
    timeout = PATIENCE_MS,
    -- Nothing else of the caller's, so that it cannot name another call.
    headers = {
      ["authorization"] = all_of(headers["authorization"]),
      ["x-original-uri"] = { txn.sf:pathq() },
      ["x-original-method"] = { txn.sf:method() },
    },
  }
  local body = whole_body(txn, headers)
  if body == nil then
    return core.httpclient():get(asked)
  end
  asked.body = body
  -- The gateway refuses what the vendor may read in another way.
  for _, name in ipairs({ "content-type", "content-encoding" }) do
    if headers[name] ~= nil then
      asked.headers[name] = all_of(headers[name])
    end
  end
  return core.httpclient():post(asked)
end

local function allow(txn, answer)
  -- The caller's access token is not for the vendor.
  txn.http:req_del_header("authorization")
  for _, value in pairs(answer.headers["x-xtremepush-upstream-authorization"] or {}) do
    txn.http:req_set_header("authorization", value)
  end
  txn:set_var("txn.decided", "allowed")
end

local function refuse(txn, answer)
  local reply = txn:reply()
  if answer ~= nil and answer.status ~= nil and answer.headers ~= nil and answer.headers["x-xtremepush-problem"] ~= nil then
    reply:set_status(answer.status)
    for _, name in ipairs(PASSED_ON) do
      for _, value in pairs(answer.headers[name] or {}) do
        reply:add_header(name, value)
      end
    end
    reply:set_body(answer.body)
  else
    reply:set_status(503)
    reply:add_header("content-type", "application/problem+json")
    reply:add_header("retry-after", "5")
    reply:set_body(UNAVAILABLE)
  end
  txn:done(reply)
end

core.register_action("decide", { "http-req" }, function(txn, address)
  local is_answered, answer = pcall(ask, txn, address)
  if is_answered and answer ~= nil and answer.status == 204 then
    allow(txn, answer)
  else
    refuse(txn, is_answered and answer or nil)
  end
end, 1)
