/** Every call of the API, grouped by noun. Paths live in `endpoints/`, nowhere else. */
import { careEndpoints } from './endpoints/care';
import { routingEndpoints } from './endpoints/routing';
import { sessionEndpoints } from './endpoints/session';
import { setupEndpoints } from './endpoints/setup';
import { togetherEndpoints } from './endpoints/together';
import { ticketEndpoints } from './endpoints/tickets';
import { createTransport, type TransportOptions } from './transport';

export function createClient(options: TransportOptions = {}) {
  const http = createTransport(options);
  return {
    ...sessionEndpoints(http),
    ...ticketEndpoints(http),
    ...routingEndpoints(http),
    ...setupEndpoints(http),
    ...careEndpoints(http),
    ...togetherEndpoints(http),
  };
}

export type Client = ReturnType<typeof createClient>;
