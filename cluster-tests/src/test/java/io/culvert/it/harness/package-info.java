/** What the scenarios are made of: proxy processes, targets that misbehave on demand, small clients. */
@NullMarked
package io.culvert.it.harness;

import org.jspecify.annotations.NullMarked;
