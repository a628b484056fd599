-- The identity as request headers, and nothing of a client's under their names.
-- See guard.conf.
--
-- lighttpd runs this for a request twice: before Gatehouse is asked, when the
-- variables are not there yet, and again when it has said yes.

local names = {
	PROVIDER = "X-Auth-Provider", USER = "X-Auth-User",
	SESSION = "X-Auth-Session", EMAIL = "X-Auth-Email",
	NAME = "X-Auth-Name", ORG = "X-Auth-Org",
	ROLES = "X-Auth-Roles", AAL = "X-Auth-Aal",
}
local ours = { ["remote-user"] = true, ["x-remote-user"] = true,
	["x-forwarded-user"] = true, ["proxy"] = true }
for _, header in pairs(names) do
	ours[string.lower(header)] = true
end

-- What the client sent under these names goes, in every spelling that some
-- program takes for the same: X_Auth_User, X.Auth-User.
local env, headers = lighty.r.req_env, lighty.r.req_header
local forged = {}
for header in pairs(headers) do
	if ours[string.lower((string.gsub(header, "[^%w]", "-")))] then
		forged[#forged + 1] = header
	end
end
for _, header in ipairs(forged) do
	headers[header] = nil
end

for name, header in pairs(names) do
	headers[header] = env["AUTH_" .. name]
end
headers["Remote-User"] = env["REMOTE_USER"]
return 0
