package io.culvert.transport.h2;

import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2LocalFlowController;
import io.netty.handler.codec.http2.Http2Stream;

/**
 * The receive windows of a connection's streams. Each starts small and doubles whenever its reader has taken a whole window,
 * as long as all of them together stay within {@link Http2Limits#CONNECTION_WINDOW}. Where the first windows alone are more
 * than that, the connection's own window follows them.
 */
final class StreamWindows {
    private final Http2Connection connection;
    private long granted;
    private long whole;

    StreamWindows(Http2Connection connection) {
        this.connection = connection;
    }

    /** The connection's own window, which its settings do not cover. */
    void open() {
        Http2LocalFlowController flow = connection.local().flowController();
        Http2Stream root = connection.connectionStream();
        whole = Http2Limits.CONNECTION_WINDOW;
        increase(root, Http2Limits.CONNECTION_WINDOW - flow.initialWindowSize(root));
    }

    /** A window for a new stream. */
    Window grant() {
        granted += Http2Limits.FIRST_STREAM_WINDOW;
        if (granted > whole) {
            whole += Http2Limits.FIRST_STREAM_WINDOW;
            increase(connection.connectionStream(), Http2Limits.FIRST_STREAM_WINDOW);
        }
        return new Window();
    }

    private void increase(Http2Stream stream, int bytes) {
        try {
            connection.local().flowController().incrementWindowSize(stream, bytes);
        } catch (Http2Exception e) {
            throw new IllegalStateException("windows are far below their limit", e);
        }
    }

    /** One stream's window. */
    final class Window {
        private int size = Http2Limits.FIRST_STREAM_WINDOW;
        private int taken;
        private boolean returned;

        /** The reader has taken this many bytes. */
        void taken(int streamId, int bytes) {
            taken += bytes;
            if (taken >= size) {
                taken = 0;
                grow(streamId);
            }
        }

        private void grow(int streamId) {
            Http2Stream stream = connection.stream(streamId);
            if (stream != null
                    && size < Http2Limits.MAX_STREAM_WINDOW
                    && granted + size <= Http2Limits.CONNECTION_WINDOW) {
                increase(stream, size);
                granted += size;
                size *= 2;
            }
        }

        /** The stream is gone. */
        void giveBack() {
            if (!returned) {
                returned = true;
                granted -= size;
            }
        }
    }
}
