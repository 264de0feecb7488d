package io.culvert.launcher.log;

import java.io.IOException;

/** Where lines go; for one thread. */
interface LineSink extends AutoCloseable {
    /** Writes whole lines, each with its end. */
    void write(String lines) throws IOException;

    /** Lets go of what there was under the name, and writes to what is there from now on; where that fails, all stays. */
    void reopen() throws IOException;

    @Override
    void close() throws IOException;
}
