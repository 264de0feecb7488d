package io.culvert.wire.kcp;

/**
 * How fast to send. The reference sends twenty times what the operator has stated in every flush, in one burst, whatever arrives.
 * Here the stated capacity is where a session begins and (without congestion control) what it never falls below; beyond it the
 * rate follows what has been seen to arrive, as BBR does: doubled while that grows, then a little more every eighth round trip.
 *
 * <p>What is lost in every round, however slow, is the path's own loss and is sent on top.
 */
final class DeliveryRate {
    private static final double STARTUP_GAIN = 2.0;
    private static final double PROBE_GAIN = 1.25;
    private static final double DRAIN_GAIN = 0.75;
    private static final int CYCLE = 8;
    /** A round that brings less than this much more is no growth; so many of them end the start. */
    private static final double GROWTH = 1.25;

    private static final int ROUNDS_WITHOUT_GROWTH = 3;
    private static final double MOST_LOSS = 0.3;
    /** The reference's own factor over the stated capacity. */
    private static final int MOST_FACTOR = 20;
    /** What may go at once, in milliseconds of the rate and in segments: small beside a socket's default buffer. */
    private static final double BURST_MILLIS = 3;

    private static final int LEAST_BURST = 8;
    private static final int MOST_BURST = 64;
    private static final int FIRST_BURST = 32;

    private final double least;
    private final double most;
    private final double start;
    private int delivered;
    private int deliveredAt;
    private double best;
    private double bestBefore;
    private boolean starting = true;
    private double full;
    private int roundsWithoutGrowth;
    private int rounds;
    private int roundEnd;
    private int sentInRound;
    private int lostInRound;
    private double leastLoss;
    private double leastLossBefore;
    private int sampleDelivered = -1;
    private int sampleDeliveredAt;
    private double credit = FIRST_BURST;
    private int creditAt;

    DeliveryRate(KcpParameters parameters, int now) {
        double stated = (double) parameters.sendingInFlight() / parameters.ttiMillis();
        this.start = stated;
        this.least = parameters.congestion() ? stated / MOST_FACTOR : stated;
        this.most = stated * MOST_FACTOR;
        this.deliveredAt = now;
        this.creditAt = now;
    }

    int delivered() {
        return delivered;
    }

    int deliveredAt() {
        return deliveredAt;
    }

    /** Segments a millisecond. */
    double rate() {
        double seen = Math.max(best, bestBefore);
        if (seen == 0) {
            return start;
        }
        double loss = Math.min(MOST_LOSS, Math.min(leastLoss, leastLossBefore));
        return Math.clamp(seen * gain() / (1 - loss), least, most);
    }

    private double gain() {
        if (starting) {
            return STARTUP_GAIN;
        }
        return switch (rounds % CYCLE) {
            case 0 -> PROBE_GAIN;
            case 1 -> DRAIN_GAIN;
            default -> 1;
        };
    }

    /** The path was empty: the time until now says nothing about it. */
    void resume(int now) {
        deliveredAt = now;
        credit = Math.max(credit, LEAST_BURST);
    }

    /** A segment has arrived. */
    void delivered(int deliveredThen, int deliveredAtThen) {
        delivered++;
        if (sampleDelivered == -1 || deliveredThen - sampleDelivered > 0) {
            sampleDelivered = deliveredThen;
            sampleDeliveredAt = deliveredAtThen;
        }
    }

    void lost(int count) {
        lostInRound += count;
    }

    /**
     * Everything that came together has been told.
     *
     * @param idle whether there was nothing more to send: such a round may show that the path carries more, never less
     */
    void measured(int now, boolean idle) {
        if (sampleDelivered == -1) {
            return;
        }
        deliveredAt = now;
        double sample = (double) (delivered - sampleDelivered) / Math.max(1, now - sampleDeliveredAt);
        best = Math.max(best, sample);
        if (sampleDelivered - roundEnd >= 0) {
            roundEnd = delivered;
            round(idle);
        }
        sampleDelivered = -1;
    }

    private void round(boolean idle) {
        if (!idle) {
            rounds++;
        }
        leastLoss = Math.min(leastLoss, sentInRound == 0 ? 0 : (double) lostInRound / sentInRound);
        sentInRound = 0;
        lostInRound = 0;
        if (starting) {
            if (best >= full * GROWTH) {
                full = best;
                roundsWithoutGrowth = 0;
            } else if (!idle && ++roundsWithoutGrowth >= ROUNDS_WITHOUT_GROWTH) {
                starting = false;
                rounds = 0;
            }
        } else if (!idle && rounds % CYCLE == 0) {
            bestBefore = best;
            best = 0;
            leastLossBefore = leastLoss;
            leastLoss = 1;
        }
    }

    /** Whether one more segment may go now. */
    boolean maySend(int now) {
        if (now != creditAt) {
            double rate = rate();
            credit = Math.min(
                    credit + rate * (now - creditAt), Math.clamp(rate * BURST_MILLIS, LEAST_BURST, MOST_BURST));
            creditAt = now;
        }
        return credit >= 1;
    }

    void sent() {
        credit--;
        sentInRound++;
    }

    /** In how many milliseconds more may go; at least one. */
    int waitMillis() {
        return Math.clamp((long) Math.ceil((1 - credit) / rate()), 1, 1_000);
    }
}
