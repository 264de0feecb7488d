package io.culvert.transport.channel;

import io.netty.channel.ChannelHandler;

/**
 * A handler that may carry datagrams in a byte stream. What comes by a stream can be made to wait, as its peer waits too: such
 * datagrams are not dropped where the next channel is full; the stream is read on when it is not.
 */
public interface DatagramsInStream extends ChannelHandler {}
