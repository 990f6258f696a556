#!/usr/bin/env bash
# Expected: ARRAY[…] of 85 to 100 integer expressions over a table works as one of 84 or of 101 does.
# What happens (Trino 405, the engine of Athena's engine version 3): "Compiler failed. … bad parameter count 256".
# Why it matters: a query that collects which of its conditions hold, ARRAY[CASE WHEN … THEN 0 END, …], works until a rule
# is added, and again once there are more.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat > pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>trino-arrays</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>io.trino</groupId><artifactId>trino-main</artifactId><version>405</version></dependency>
  </dependencies>
</project>
XML
cat > Arrays.java <<'JAVA'
import static io.trino.testing.TestingSession.testSessionBuilder;

import io.trino.testing.LocalQueryRunner;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

class Arrays {
    public static void main(String[] none) {
        try (var trino = LocalQueryRunner.create(testSessionBuilder().build())) {
            for (int count : new int[] {84, 85, 100, 101}) {
                var numbers = IntStream.range(0, count).mapToObj(n -> "CASE WHEN catalog_name = '" + n + "' THEN " + n + " END");
                var array = "ARRAY[" + numbers.collect(Collectors.joining(", ")) + "]";
                String result;
                try {
                    result = "" + trino.execute("SELECT cardinality(" + array + ") FROM system.metadata.catalogs").getRowCount() + " rows";
                } catch (RuntimeException error) {
                    Throwable cause = error;
                    while (cause.getCause() != null) {
                        cause = cause.getCause();
                    }
                    result = error.getMessage().split("[.]")[0] + ": " + cause.getMessage();
                }
                System.out.println("array of " + count + ": " + result);
            }
        }
        System.exit(0);
    }
}
JAVA
mvn -q -B dependency:copy-dependencies -DoutputDirectory=jars
java -Xmx512m -cp 'jars/*' Arrays.java 2>/dev/null | grep "^array of" | tee found
diff found - <<'RECORDED' || { echo "The behaviour has changed."; exit 1; }
array of 84: 1 rows
array of 85: Compiler failed: bad parameter count 256
array of 100: Compiler failed: bad parameter count 256
array of 101: 1 rows
RECORDED
