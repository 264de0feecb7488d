package io.culvert.wire.kcp;

/** Numbers that have arrived and that the peer has not been told yet, oldest first. */
final class AckQueue {
    private static final int LEAST_SLOTS = 32;

    private int[] numbers = new int[0];
    private int head;
    private int tail;
    private int timestamp;
    private boolean anyTimestamp;

    /** @param most the most numbers that wait; an older one is forgotten for a newer one */
    void add(int number, int sentAt, int most) {
        if (tail - head >= most) {
            head++;
        }
        if (tail - head == numbers.length) {
            grow();
        }
        numbers[tail & (numbers.length - 1)] = number;
        tail++;
        if (!anyTimestamp || sentAt - timestamp > 0) {
            timestamp = sentAt;
            anyTimestamp = true;
        }
    }

    int size() {
        return tail - head;
    }

    int take() {
        int number = numbers[head & (numbers.length - 1)];
        head++;
        return number;
    }

    /** The largest timestamp that has come, as an ack wants it. */
    int timestamp() {
        return timestamp;
    }

    /** Gives back what an empty queue does not need. */
    void trim() {
        if (head == tail) {
            numbers = new int[0];
        }
    }

    private void grow() {
        int[] old = numbers;
        numbers = new int[Math.max(LEAST_SLOTS, old.length * 2)];
        for (int at = head; at != tail; at++) {
            numbers[at & (numbers.length - 1)] = old[at & (old.length - 1)];
        }
    }
}
