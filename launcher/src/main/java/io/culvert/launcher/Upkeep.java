package io.culvert.launcher;

/**
 * What an operator asks of a running node by signals: SIGUSR1 has it open its logs again, SIGHUP also look at its configuration.
 * Neither ends it. Only where standard input is a terminal, SIGHUP says that this has gone, and drains as SIGTERM does.
 */
public final class Upkeep {
    private volatile Runnable reopen = () -> {};
    private volatile Runnable reread = () -> {};

    /** Takes both signals from the JVM, to which they are a reason to end; until there is a node they do nothing. */
    public void install(Shutdown shutdown) {
        boolean terminal = Terminal.isStandardInput();
        Signals.handle("HUP", number -> {
            if (terminal) {
                shutdown.signalled(number);
            } else {
                hangUp();
            }
        });
        Signals.handle("USR1", _ -> reopen.run());
    }

    /**
     * From now on there is a node.
     *
     * @param reopen opens the logs again
     * @param reread looks at the configuration, and says what comes of it
     */
    public void armed(Runnable reopen, Runnable reread) {
        this.reopen = reopen;
        this.reread = reread;
    }

    /** SIGHUP without a terminal. */
    void hangUp() {
        reopen.run();
        reread.run();
    }
}
