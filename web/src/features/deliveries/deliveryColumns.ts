import type { Column } from '../../ui/DataTable.vue';

/** The columns of lists of deliveries. */
export const DELIVERY_COLUMNS: Column[] = [
  { key: 'eventType', label: 'Event type', isFluid: true, line: 1 },
  { key: 'status', label: 'Status', line: 1 },
  { key: 'webhook', label: 'Webhook', isFluid: true, line: 2 },
  { key: 'answer', label: 'Last answer', isFluid: true, line: 2 },
  { key: 'retries', label: 'Retries', isNumber: true, isWide: true },
  { key: 'next', label: 'Next attempt', isWide: true },
  { key: 'client', label: 'Client', isFluid: true, isExtra: true },
  { key: 'id', label: 'Delivery id', isFluid: true, isExtra: true },
  { key: 'eventId', label: 'Event id', isFluid: true, isExtra: true },
  { key: 'created', label: 'Created', line: 2 },
  { key: 'actions', label: 'Actions', isActions: true },
];
