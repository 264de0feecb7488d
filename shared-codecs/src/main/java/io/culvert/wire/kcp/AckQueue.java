package io.culvert.wire.kcp;

/** Numbers that have arrived and that the peer has not been told yet, oldest first; and those that it was told of last. */
final class AckQueue {
    /** How many numbers are remembered after they have been told. */
    private static final int MOST_TOLD = KcpSegments.MOST_NUMBERS;

    private static final int LEAST_SLOTS = 32;

    private int[] numbers = new int[0];
    private int head;
    private int tail;
    private int told;
    private int timestamp;
    private boolean anyTimestamp;

    /** @param most the most numbers that wait; an older one is forgotten for a newer one */
    void add(int number, int sentAt, int most) {
        if (tail - head >= most) {
            head++;
        }
        if (tail - head + told == numbers.length) {
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
        told = Math.min(MOST_TOLD, told + 1);
        return number;
    }

    /** How many numbers {@link #told(int)} knows. */
    int told() {
        return told;
    }

    /** The number that was taken {@code back} numbers ago; 1 is the last one. */
    int told(int back) {
        return numbers[(head - back) & (numbers.length - 1)];
    }

    /** The largest timestamp that has come, as an ack wants it. */
    int timestamp() {
        return timestamp;
    }

    /** Gives back what an empty queue does not need. */
    void trim() {
        if (head == tail) {
            numbers = new int[0];
            told = 0;
        }
    }

    private void grow() {
        int[] old = numbers;
        numbers = new int[Math.max(LEAST_SLOTS, old.length * 2)];
        for (int at = head - told; at != tail; at++) {
            numbers[at & (numbers.length - 1)] = old[at & (old.length - 1)];
        }
    }
}
