// The requests and the payload of the vendor's guide on webhooks, as they are printed there.

/** As the vendor's guide prints them. */
export const printed = {
  building: `{
"data": {
"type": "integrations",
"attributes": {
"integrator": "webhook",
"configuration": {
"url": "https://your-webhook-url.com/building-events",
"method": "post"
},
"bindings": [
{
"resource_type": "access_log",
"actions": ["create"]
},
{
"resource_type": "call",
"actions": ["create"]
}
]
}
}
}`,
  tenant: `{
"data": {
"type": "integrations",
"attributes": {
"integrator": "webhook",
"configuration": {
"url": "https://your-webhook-url.com/tenant-events",
"method": "post"
},
"bindings": [
{
"resource_type": "call",
"actions": ["create"]
}
]
}
}
}`,
  payload: `{
"event": {
"resource_type": "access_log",
"action": "create",
"data": {
"id": 123456789,
"logged_at": "2025-04-24T10:24:35Z",
"access_point": 22177636,
"entry_method": "Swipe to open",
"release_status": "Unlocked",
"name": "John Tenant",
"image_url": "https://cdn.butterflymx.com/snapshot.png"
}
}
}`,
};
