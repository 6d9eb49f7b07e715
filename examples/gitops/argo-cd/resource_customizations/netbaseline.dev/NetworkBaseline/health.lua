-- The health of a baseline. Progressing: not looked at yet, or under way by itself. Degraded: nothing more happens until
-- somebody does something. Suspended: left as it is, as its spec says. Healthy: in place as declared, or audited.
local function condition(kind)
  if obj.status ~= nil and obj.status.conditions ~= nil then
    for _, each in ipairs(obj.status.conditions) do
      if each.type == kind then
        return each
      end
    end
  end
  return nil
end

local function is(status, message)
  return { status = status, message = message }
end

local ready = condition("Ready")
if ready == nil or obj.status.observedGeneration == nil then
  return is("Progressing", "No operator has looked at it yet")
end
if obj.metadata.generation ~= nil and obj.status.observedGeneration ~= obj.metadata.generation then
  return is("Progressing", "The newest spec has not been looked at yet")
end

local message = ready.reason .. ": " .. ready.message
local stalled = condition("Stalled")
if stalled ~= nil and stalled.status == "True" then
  return is("Degraded", message)
end
if ready.status ~= "True" then
  return is("Progressing", message)
end
if ready.reason == "Suspended" then
  return is("Suspended", message)
end
local weakened = condition("Weakened")
if weakened ~= nil and weakened.status == "True" then
  message = message .. "; weakened: " .. weakened.message
end
return is("Healthy", message)
