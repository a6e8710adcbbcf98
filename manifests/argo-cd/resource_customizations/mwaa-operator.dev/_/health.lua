-- The health of every kind of mwaa-operator.dev, by the rules of kstatus: what is said of an older generation is not believed,
-- Reconciling comes before Stalled, and Stalled before Ready. What kstatus has no word for: an object that is suspended, or
-- waits for somebody's approval, is Suspended.
local conditions = {}
if obj.status ~= nil and obj.status.conditions ~= nil then
  for _, condition in ipairs(obj.status.conditions) do
    conditions[condition.type] = condition
  end
end

local function holds(type)
  return conditions[type] ~= nil and conditions[type].status == "True"
end

local function said(status, type, otherwise)
  local condition = conditions[type]
  if condition ~= nil and condition.message ~= nil and condition.message ~= "" then
    return {status = status, message = condition.message}
  end
  return {status = status, message = otherwise}
end

if obj.metadata.deletionTimestamp ~= nil then
  return said("Progressing", "Ready", "the object is being deleted")
end
if obj.spec ~= nil and obj.spec.suspend == true then
  return {status = "Suspended", message = "spec.suspend is true: nothing is read or written"}
end
if obj.status == nil or obj.status.observedGeneration ~= obj.metadata.generation then
  return {status = "Progressing", message = "the operator has not looked at this generation yet"}
end
if holds("Reconciling") then
  return said("Progressing", "Reconciling", "work is under way")
end
if holds("Stalled") then
  if conditions["Stalled"].reason == "AwaitingApproval" then
    return said("Suspended", "Stalled", "a plan waits for approval")
  end
  return said("Degraded", "Stalled", "no progress without somebody's help")
end
if not holds("Ready") then
  return said("Progressing", "Ready", "not Ready yet")
end
for _, type in ipairs({"UnderMaintenance", "Drifted"}) do
  if holds(type) then
    return said("Healthy", type, type)
  end
end
return said("Healthy", "Ready", "Ready")
