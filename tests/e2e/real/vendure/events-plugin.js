// Vendure has no webhooks: a plugin subscribes to its events. What is told is thin, what it is about and when that
// changed; who wants more asks the admin interface.
const core = require('@vendure/core');
const { tell } = require('./events.js');

const orderOf = order => ({ id: String(order.id), code: order.code, state: order.state, updated_at: order.updatedAt });

class EventsPlugin {
  constructor(bus) {
    this.bus = bus;
  }

  on(type, topic, dataOf) {
    this.bus.ofType(type).subscribe(event => tell(topic, dataOf(event)));
  }

  onApplicationBootstrap() {
    this.on(core.OrderPlacedEvent, 'order.placed', e => orderOf(e.order));
    this.on(core.OrderStateTransitionEvent, 'order.state', e => ({ ...orderOf(e.order), from: e.fromState, to: e.toState }));
    this.on(core.RefundStateTransitionEvent, 'order.refund', e => ({ ...orderOf(e.order), refund: String(e.refund.id) }));
    this.on(core.StockMovementEvent, 'stock.movement', e => ({
      kind: e.type,
      variants: [...new Set(e.stockMovements.map(m => String(m.productVariant?.id ?? '')))].filter(Boolean),
    }));
    this.on(core.ProductVariantEvent, 'variant.changed', e => ({
      kind: e.type,
      variants: [].concat(e.entity).map(v => String(v.id)),
    }));
  }
}
Reflect.defineMetadata('design:paramtypes', [core.EventBus], EventsPlugin);
core.VendurePlugin({ imports: [core.PluginCommonModule], compatibility: '^3.0.0' })(EventsPlugin);

exports.EventsPlugin = EventsPlugin;
