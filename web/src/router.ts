import { createRouter, createWebHistory } from 'vue-router';
import { whenSignedOut } from './api/relay.ts';
import { useSession } from './stores/session.ts';

export const router = createRouter({
  history: createWebHistory(),
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  routes: [
    {
      path: '/sign-in',
      component: () => import('./features/signIn/SignInView.vue'),
      meta: { title: 'Sign in', open: true },
    },
    { path: '/', component: () => import('./features/overview/OverviewView.vue'), meta: { title: 'Dashboard' } },
    { path: '/events', component: () => import('./features/events/EventsView.vue'), meta: { title: 'Events' } },
    {
      path: '/events/:id',
      component: () => import('./features/events/EventView.vue'),
      props: true,
      meta: { title: 'Event' },
    },
    { path: '/webhooks', component: () => import('./features/webhooks/WebhooksView.vue'), meta: { title: 'Webhooks' } },
    {
      path: '/webhooks/:id',
      component: () => import('./features/webhooks/WebhookView.vue'),
      props: true,
      meta: { title: 'Webhook' },
    },
    {
      path: '/deliveries',
      component: () => import('./features/deliveries/DeliveriesView.vue'),
      meta: { title: 'Deliveries' },
    },
    {
      path: '/deliveries/:id',
      component: () => import('./features/deliveries/DeliveryView.vue'),
      props: true,
      meta: { title: 'Delivery' },
    },
    {
      path: '/event-types',
      component: () => import('./features/eventTypes/EventTypesView.vue'),
      meta: { title: 'Event types' },
    },
    { path: '/keys', component: () => import('./features/keys/KeysView.vue'), meta: { title: 'API keys' } },
    { path: '/roles', component: () => import('./features/roles/RolesView.vue'), meta: { title: 'Roles' } },
    { path: '/audit', component: () => import('./features/audit/AuditView.vue'), meta: { title: 'Audit' } },
    { path: '/:rest(.*)*', component: () => import('./features/NotFoundView.vue'), meta: { title: 'Not found' } },
  ],
});

router.beforeEach(async (to) => {
  const session = useSession();
  await session.restore();
  if (!session.isSignedIn && !to.meta['open']) return { path: '/sign-in', query: { to: to.fullPath } };
  return true;
});
router.afterEach((to) => {
  document.title = typeof to.meta['title'] === 'string' ? `${to.meta['title']} · Relay` : 'Relay';
});
whenSignedOut(() => {
  const session = useSession();
  // Before anybody has signed in, the guard above knows where the way was to lead.
  if (!session.isSignedIn) return;
  session.forget();
  const { fullPath, path } = router.currentRoute.value;
  if (path !== '/sign-in') void router.push({ path: '/sign-in', query: { to: fullPath } });
});
