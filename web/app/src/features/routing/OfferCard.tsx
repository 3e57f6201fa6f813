import type { MyOffer } from '@evenkeel/api';
import { Button, Kbd } from '@evenkeel/kit';
import { plural } from '@lingui/core/macro';
import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { useNavigate } from 'react-router';
import { keysOf } from '../../actions/catalogue';
import { useActions } from '../../actions/registry';
import { useTeams } from '../../store';
import { api } from '../auth/client';
import { ProblemBanner } from '../forms/problems';
import { useSave } from '../forms/useSave';
import { LOAD, OFFERS, useOffer } from './queries';
import styles from './Routing.module.css';
import { whyWords } from './sentences';

/** Seconds one by one would press: steps of five. */
const STEP_SECONDS = 5;
/** More seconds than these are told in minutes. */
const IN_MINUTES_FROM = 90;

/** A ticket that lies before me: who, what, why, and two answers. */
export default function OfferCard() {
  const offer = useOffer().data;
  return offer ? <Card key={offer.id} offer={offer} /> : null;
}

function Card({ offer }: { offer: MyOffer }) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const team = useTeams().find(({ id }) => id === offer.team_id)?.name;
  const refreshes = [OFFERS, LOAD];
  const taking = useSave(() => api.offers.accept(offer.id), {
    refreshes,
    onSaved: ({ ticket_id: ticket }) => void navigate(`/app/v/mine/t/${ticket}`),
  });
  const passing = useSave(() => api.offers.decline(offer.id, null), { refreshes });
  const take = () => taking.save(undefined);
  const pass = () => passing.save(undefined);
  useActions({ 'offer.accept': take, 'offer.decline': pass });
  const why = whyWords(offer.why);
  return (
    <section className={styles.offer} aria-label={t`Offered to you`}>
      <div className={styles.offerWords} role="status">
        <div className={styles.offerTitle}>
          <bdi>{offer.subject}</bdi>
        </div>
        <div className={styles.offerWhy}>
          <bdi>{offer.requester_name}</bdi>
          {team && (
            <>
              {' · '}
              <bdi>{team}</bdi>
            </>
          )}
          {why && ` · ${t`Why you: ${why}`}`}
        </div>
      </div>
      <TimeLeft until={offer.expires_at} />
      <Button variant="primary" size="s" onPress={take} isPending={taking.isSaving}>
        <Trans>Take it</Trans> <Kbd keys={keysOf('offer.accept') ?? ''} />
      </Button>
      <Button variant="quiet" size="s" onPress={pass} isPending={passing.isSaving}>
        <Trans>Pass it on</Trans>
      </Button>
      <ProblemBanner error={taking.error ?? passing.error} />
    </section>
  );
}

function TimeLeft({ until }: { until: string }) {
  const secondsLeft = () => Math.max(0, (Date.parse(until) - Date.now()) / 1000);
  const [left, setLeft] = useState(secondsLeft);
  useEffect(() => {
    const timer = setInterval(
      () => setLeft(Math.max(0, (Date.parse(until) - Date.now()) / 1000)),
      1000,
    );
    return () => clearInterval(timer);
  }, [until]);
  const shown = Math.ceil(left / STEP_SECONDS) * STEP_SECONDS;
  const minutes = Math.round(shown / 60);
  return (
    <span className={styles.offerWhy}>
      {shown > IN_MINUTES_FROM
        ? plural(minutes, { one: 'about # minute', other: 'about # minutes' })
        : plural(shown, { one: 'about # second', other: 'about # seconds' })}
    </span>
  );
}
