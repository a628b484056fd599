// What a web hook of Ory Kratos tells Gatehouse: of whom, and after what.
// See the README beside it.  No trait of the user leaves Kratos.
function(ctx)
  local words = std.split(std.split(ctx.request_url, '?')[0], '/');
  local at = std.find('self-service', words);
  local next = if at == [] then 0 else at[0] + 1;
  local flow = if next < std.length(words) then words[next] else '';
  local flows = ['login', 'registration', 'settings', 'recovery', 'verification'];

  // Before a flow there may be nobody yet: Kratos sends nothing then.
  if !('identity' in ctx) then error 'cancel' else {
    event: (if std.member(flows, flow) then flow else 'other') + '.after',
    identity_id: ctx.identity.id,
    [if 'session' in ctx then 'session_id']: ctx.session.id,
  }
