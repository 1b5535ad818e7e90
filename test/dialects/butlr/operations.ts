// The example operations of Butlr's documents, as their readers paste them [manage-webhooks].

export const createWebhooks = `mutation CreateWebhooks ($input: [WebhookCreateInput!]!) {
  createWebhooks(input: $input) {
    id
    name
    event_types
    endpoint_config {
      url
      http_timeout
      api_key {
        key
        value
      }
      basic_auth {
        username
        password
      }
    }
  }
}
`;

export const updateWebhooks = `mutation UpdateWebhooks ($input: [WebhookUpdateInput!]!) {
  updateWebhooks(input: $input) {
    id
    name
    event_types
    endpoint_config {
      url
      http_timeout
      api_key {
        key
        value
      }
      basic_auth {
        username
        password
      }
    }
  }
}
`;

export const deleteWebhooks = `mutation DeleteWebhooks ($input: [ID!]!) {
  deleteWebhooks(ids: $input) 
}
`;

export const listWebhooks = `query {
    webhooks {
        id
        name
        event_types
        endpoint_config {
            url
            http_timeout
            api_key {
                key
                value
            }
            basic_auth {
                username
                password
            }
        }
    }
}
`;
