package io.culvert.transport.raw;

import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;

/** How UDP sockets read. */
public final class DatagramReads {
    /** The largest datagram there is, so that none is cut. */
    public static final int MOST_BYTES = 65_535;

    /** What waits in a listening socket while its loop serves others; the system grants as much of it as it allows. */
    static final int LISTENER_BUFFER_BYTES = 4 * 1024 * 1024;

    /** Datagrams taken in one turn of the loop before others have theirs. */
    static final int MOST_PER_TURN = 16;

    private DatagramReads() {}

    static RecvByteBufAllocator allocator() {
        return new FixedRecvByteBufAllocator(MOST_BYTES).maxMessagesPerRead(MOST_PER_TURN);
    }
}
