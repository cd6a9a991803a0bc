// Medusa has no webhooks: a subscriber takes its events, whose data are ids alone, and tells them on. Some come twice.
const { tell } = require('../../events.js');

module.exports = {
  default: async ({ event }) => tell(event.name, event.data),
  config: {
    event: [
      'order.placed', 'order.updated', 'order.canceled', 'order.completed', 'order.archived',
      'order.fulfillment_created', 'order.fulfillment_canceled', 'order.return_requested', 'order.return_received',
      'shipment.created', 'delivery.created', 'payment.captured', 'payment.refunded',
      'inventory.inventory-level.updated', 'inventory.reservation-item.created', 'inventory.reservation-item.deleted',
      'product-variant.created', 'product-variant.updated', 'customer.created', 'customer.updated',
    ],
  },
};
