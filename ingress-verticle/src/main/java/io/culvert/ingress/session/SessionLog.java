package io.culvert.ingress.session;

/** Where access lines go; never blocks. A line has no time stamp yet. */
public interface SessionLog {
    void line(String text);
}
