package io.culvert.wire.kcp;

/**
 * What a session is tuned by, in its own units (wire-formats section 16.4).
 *
 * @param payload the most payload bytes of a data segment
 * @param overhead the bytes of a packet around its segments: disguise and protection
 * @param ttiMillis the pace of the reference's flushes, 10..100
 * @param sendingInFlight segments that go out in each {@code tti}: the link that the operator has stated
 * @param receivingInFlight the window that the peer is told
 * @param sendBuffer the most segments in flight
 * @param receiveBuffer the most segments that are kept for a reader; the window that is told, or more
 * @param congestion whether the sending rate may fall below what the operator has stated
 */
public record KcpParameters(
        int payload,
        int overhead,
        int ttiMillis,
        int sendingInFlight,
        int receivingInFlight,
        int sendBuffer,
        int receiveBuffer,
        boolean congestion) {
    private static final int LEAST_IN_FLIGHT = 8;
    private static final int MILLIS = 1_000;

    /**
     * The reference's sums: integer divisions in its order.
     *
     * @param mtu of a packet in bytes, 576..1460
     * @param disguiseSize of the header in front, in bytes
     * @param protection what keeps the packets
     * @param uplinkCapacity bytes a second; {@code downlinkCapacity} as well
     * @param readBufferSize bytes; {@code writeBufferSize} as well
     */
    public static KcpParameters of(
            int mtu,
            int ttiMillis,
            int disguiseSize,
            KcpProtection protection,
            int uplinkCapacity,
            int downlinkCapacity,
            int readBufferSize,
            int writeBufferSize,
            boolean congestion) {
        int receiving = inFlight(downlinkCapacity, mtu, ttiMillis);
        return new KcpParameters(
                mtu - disguiseSize - protection.counted() - KcpSegments.DATA_HEADER,
                disguiseSize + protection.overhead(),
                ttiMillis,
                inFlight(uplinkCapacity, mtu, ttiMillis),
                receiving,
                Math.max(LEAST_IN_FLIGHT, writeBufferSize / mtu),
                Math.max(receiving, readBufferSize / mtu),
                congestion);
    }

    private static int inFlight(int capacity, int mtu, int ttiMillis) {
        return Math.max(LEAST_IN_FLIGHT, capacity / mtu / (MILLIS / ttiMillis));
    }
}
