import { createRouter, createWebHistory } from 'vue-router';
import { whenSignedOut } from './api/relay.ts';
import { useSession } from './stores/session.ts';
import { useToasts } from './stores/toasts.ts';
import { untilTall } from './untilTall.ts';

/** After so long it may help again. */
const RELOAD_AGAIN_MS = 10_000;

export const router = createRouter({
  history: createWebHistory(),
  async scrollBehavior(_to, _from, saved) {
    if (saved) await untilTall(saved.top);
    return saved ?? { top: 0 };
  },
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
    { path: '/batches', component: () => import('./features/batches/BatchesView.vue'), meta: { title: 'Bulk work' } },
    {
      path: '/batches/:id',
      component: () => import('./features/batches/BatchView.vue'),
      props: true,
      meta: { title: 'Bulk work' },
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
router.onError(async (_error, to) => {
  // A page's program could not be had: after a deploy it has another name, which only a page that is loaded anew knows.
  const isThere = await fetch('/healthz').then(
    ({ ok }) => ok,
    () => false,
  );
  if (isThere && !hasReloadedFor(to.fullPath)) window.location.assign(to.fullPath);
  else useToasts().show('failed', 'The page could not be loaded. Relay may be away; try again.');
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

/** Whether this page was loaded anew for an address lately; once is enough to find out whether that helps. */
function hasReloadedFor(path: string): boolean {
  const [name, now] = ['reloaded-for', Date.now()];
  const [before, at] = (sessionStorage.getItem(name) ?? '').split(' ');
  sessionStorage.setItem(name, `${path} ${now}`);
  return before === path && now - Number(at) < RELOAD_AGAIN_MS;
}
