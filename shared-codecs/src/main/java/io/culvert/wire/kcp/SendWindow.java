package io.culvert.wire.kcp;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The segments that have been sent and not acknowledged, by number, and the order in which they were sent last. Empty, it holds
 * no memory to speak of.
 *
 * <p>A segment counts as lost when segments that were sent after it have arrived, more than {@link #tolerance} of them, or when
 * its timeout is over. The order of sending and not the number decides, so that a segment that is lost again is found again.
 */
final class SendWindow {
    /** How far behind a segment may arrive before it counts as lost; grows as the path shows that it reorders. */
    static final int LEAST_TOLERANCE = 4;

    static final int MOST_TOLERANCE = 64;

    private static final int LEAST_SLOTS = 32;
    /** The order of a segment that waits to be sent again. */
    private static final int WAITING = -1;

    private int first;
    private int next;
    private int unacknowledged;
    private int inFlight;
    private int tolerance = LEAST_TOLERANCE;

    // By number, modulo the length.
    private @Nullable ByteBuf[] payloads = new ByteBuf[0];
    private int[] sentAt = new int[0];
    private int[] transmits = new int[0];
    private int[] orders = new int[0];
    private int[] deliveredThen = new int[0];
    private int[] deliveredAtThen = new int[0];

    // Transmissions by order, oldest first: numbers. Entries that are no longer a segment's last transmission are
    // skipped.
    private int[] transmissions = new int[0];
    private int oldest;
    private int nextOrder;
    private int newestDelivered = -1;

    // Numbers that wait to be sent again, first in first out.
    private int[] lost = new int[0];
    private int lostHead;
    private int lostTail;

    /** @param start the number of the first segment */
    SendWindow(int start) {
        this.first = start;
        this.next = start;
    }

    /** The lowest number that is not acknowledged, or the next one that will be sent. */
    int first() {
        return first;
    }

    /** The number of the next new segment. */
    int next() {
        return next;
    }

    boolean isEmpty() {
        return unacknowledged == 0;
    }

    /** Segments that are on their way as far as we know. */
    int inFlight() {
        return inFlight;
    }

    /** Numbers between the lowest unacknowledged and the next new one. */
    int span() {
        return next - first;
    }

    /** Adds a new segment and counts it as sent; takes over the payload. */
    int add(ByteBuf payload, int now, int delivered, int deliveredAt) {
        if (span() == payloads.length) {
            grow();
        }
        int number = next++;
        int slot = slot(number);
        payloads[slot] = payload;
        transmits[slot] = 0;
        unacknowledged++;
        sent(number, now, delivered, deliveredAt);
        return number;
    }

    /** A segment has been sent (again). */
    void sent(int number, int now, int delivered, int deliveredAt) {
        int slot = slot(number);
        sentAt[slot] = now;
        transmits[slot]++;
        deliveredThen[slot] = delivered;
        deliveredAtThen[slot] = deliveredAt;
        if (nextOrder - oldest == transmissions.length) {
            growTransmissions();
        }
        orders[slot] = nextOrder & Integer.MAX_VALUE;
        transmissions[nextOrder & (transmissions.length - 1)] = number;
        nextOrder++;
        inFlight++;
    }

    ByteBuf payload(int number) {
        ByteBuf payload = payloads[slot(number)];
        if (payload == null) {
            throw new IllegalStateException("segment " + number + " is not in the window");
        }
        return payload;
    }

    boolean holds(int number) {
        return number - first >= 0 && number - next < 0 && payloads[slot(number)] != null;
    }

    int sentAt(int number) {
        return sentAt[slot(number)];
    }

    int transmits(int number) {
        return transmits[slot(number)];
    }

    int deliveredThen(int number) {
        return deliveredThen[slot(number)];
    }

    int deliveredAtThen(int number) {
        return deliveredAtThen[slot(number)];
    }

    /** Removes a segment that {@link #holds} is true for. */
    void acknowledge(int number) {
        int slot = slot(number);
        int order = orders[slot];
        if (order == WAITING) {
            // It arrived after all: the path reorders more than we thought.
            tolerance = Math.min(MOST_TOLERANCE, tolerance * 2);
        } else {
            inFlight--;
            if (newestDelivered == -1 || ((order - newestDelivered) << 1) > 0) {
                newestDelivered = order;
            }
        }
        payload(number).release();
        payloads[slot] = null;
        unacknowledged--;
        while (first != next && payloads[slot(first)] == null) {
            first++;
        }
        if (unacknowledged == 0) {
            forgetOrders();
        }
    }

    /** Finds what is lost by now; returns how many segments. */
    int findLost(int now, int timeout) {
        int found = 0;
        while (oldest != nextOrder) {
            int number = transmissions[oldest & (transmissions.length - 1)];
            int order = oldest & Integer.MAX_VALUE;
            if (holds(number) && orders[slot(number)] == order) {
                boolean overtaken = newestDelivered != -1 && ((newestDelivered - order) << 1) >> 1 >= tolerance;
                if (!overtaken && now - sentAt[slot(number)] < timeout) {
                    break;
                }
                lose(number);
                found++;
            }
            oldest++;
        }
        return found;
    }

    /** When the oldest segment in flight was sent; only where something is {@link #inFlight}. */
    int oldestSentAt() {
        for (int at = oldest; at != nextOrder; at++) {
            int number = transmissions[at & (transmissions.length - 1)];
            if (holds(number) && orders[slot(number)] == (at & Integer.MAX_VALUE)) {
                return sentAt[slot(number)];
            }
        }
        throw new IllegalStateException("nothing is in flight");
    }

    /** Whether something waits to be sent again. */
    boolean anyLost() {
        while (lostHead != lostTail) {
            if (waits(lost[lostHead & (lost.length - 1)])) {
                return true;
            }
            lostHead++;
        }
        return false;
    }

    /** The next number that is to be sent again; only where {@link #anyLost}. */
    int lostNumber() {
        return lost[lostHead & (lost.length - 1)];
    }

    /** Brings a number below {@code end} to the front of those that are to be sent again; false where there is none. */
    boolean anyLostBelow(int end) {
        for (int left = lostTail - lostHead; left > 0; left--) {
            int number = lostNumber();
            boolean waits = waits(number);
            if (waits && number - end < 0) {
                return true;
            }
            lostHead++;
            if (waits) {
                lost[lostTail & (lost.length - 1)] = number;
                lostTail++;
            }
        }
        return false;
    }

    void takeLost() {
        lostHead++;
    }

    private boolean waits(int number) {
        return holds(number) && orders[slot(number)] == WAITING;
    }

    private void lose(int number) {
        orders[slot(number)] = WAITING;
        inFlight--;
        if (lostTail - lostHead == lost.length) {
            growLost();
        }
        lost[lostTail & (lost.length - 1)] = number;
        lostTail++;
    }

    /** Forgets everything. */
    void clear() {
        for (int number = first; number != next; number++) {
            ByteBuf payload = payloads[slot(number)];
            if (payload != null) {
                payload.release();
            }
        }
        first = next;
        unacknowledged = 0;
        inFlight = 0;
        forgetOrders();
        trim();
    }

    private int slot(int number) {
        return number & (payloads.length - 1);
    }

    private void forgetOrders() {
        oldest = nextOrder;
        lostHead = lostTail;
        newestDelivered = -1;
    }

    /** Gives back what an empty window does not need. */
    void trim() {
        if (unacknowledged == 0) {
            payloads = new ByteBuf[0];
            sentAt = new int[0];
            transmits = new int[0];
            orders = new int[0];
            deliveredThen = new int[0];
            deliveredAtThen = new int[0];
            transmissions = new int[0];
            lost = new int[0];
        }
    }

    private void grow() {
        int from = payloads.length;
        int to = Math.max(LEAST_SLOTS, from * 2);
        @Nullable ByteBuf[] oldPayloads = payloads;
        int[][] old = {sentAt, transmits, orders, deliveredThen, deliveredAtThen};
        payloads = new ByteBuf[to];
        sentAt = new int[to];
        transmits = new int[to];
        orders = new int[to];
        deliveredThen = new int[to];
        deliveredAtThen = new int[to];
        for (int number = first; number != next; number++) {
            int was = number & (from - 1);
            int is = number & (to - 1);
            payloads[is] = oldPayloads[was];
            sentAt[is] = old[0][was];
            transmits[is] = old[1][was];
            orders[is] = old[2][was];
            deliveredThen[is] = old[3][was];
            deliveredAtThen[is] = old[4][was];
        }
    }

    private void growTransmissions() {
        int[] old = transmissions;
        transmissions = new int[Math.max(LEAST_SLOTS, old.length * 2)];
        for (int at = oldest; at != nextOrder; at++) {
            transmissions[at & (transmissions.length - 1)] = old[at & (old.length - 1)];
        }
    }

    private void growLost() {
        int[] old = lost;
        lost = new int[Math.max(LEAST_SLOTS, old.length * 2)];
        for (int at = lostHead; at != lostTail; at++) {
            lost[at & (lost.length - 1)] = old[at & (old.length - 1)];
        }
    }
}
