import static io.trino.testing.TestingSession.testSessionBuilder;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.trino.spi.Page;
import io.trino.spi.PageBuilder;
import io.trino.spi.block.BlockBuilder;
import io.trino.spi.connector.ColumnHandle;
import io.trino.spi.connector.ColumnMetadata;
import io.trino.spi.connector.Connector;
import io.trino.spi.connector.ConnectorContext;
import io.trino.spi.connector.ConnectorFactory;
import io.trino.spi.connector.ConnectorMetadata;
import io.trino.spi.connector.ConnectorPageSource;
import io.trino.spi.connector.ConnectorPageSourceProvider;
import io.trino.spi.connector.ConnectorSession;
import io.trino.spi.connector.ConnectorSplit;
import io.trino.spi.connector.ConnectorSplitManager;
import io.trino.spi.connector.ConnectorSplitSource;
import io.trino.spi.connector.ConnectorTableHandle;
import io.trino.spi.connector.ConnectorTableMetadata;
import io.trino.spi.connector.ConnectorTransactionHandle;
import io.trino.spi.connector.Constraint;
import io.trino.spi.connector.DynamicFilter;
import io.trino.spi.connector.FixedPageSource;
import io.trino.spi.connector.FixedSplitSource;
import io.trino.spi.connector.SchemaTableName;
import io.trino.spi.transaction.IsolationLevel;
import io.trino.spi.type.ArrayType;
import io.trino.spi.type.BigintType;
import io.trino.spi.type.RowType;
import io.trino.spi.type.TimeZoneKey;
import io.trino.spi.type.Type;
import io.trino.spi.type.TypeManager;
import io.trino.spi.type.VarcharType;
import io.trino.testing.LocalQueryRunner;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Runs statements in Trino, in this process, on a table that is kept in memory.
 *
 * <p>Standard input has one JSON object a line: {@code {"table": NAME, "columns": [[NAME, TYPE], …], "rows": [[VALUE,
 * …], …]}} replaces a table, and {@code {"statement": SQL}} runs a statement. Standard output has one JSON object for
 * each: {@code {"rows": [[VALUE, …], …]}} or {@code {"refused": REASON}}. A type is bigint, varchar, or an array or row
 * of these; the value of a row is a list.
 */
public final class TrinoInProcess {
    private static final String CATALOG = "records";
    private static final String SCHEMA = "default";
    private static final ObjectMapper JSON = new ObjectMapper();

    private TrinoInProcess() {}

    public static void main(String[] none) throws Exception {
        var session = testSessionBuilder()
                .setCatalog(CATALOG)
                .setSchema(SCHEMA)
                .setTimeZoneKey(TimeZoneKey.UTC_KEY)
                .setSystemProperty("task_concurrency", "1")
                .build();
        var input = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        var output = new PrintStream(System.out, false, UTF_8);
        System.setOut(System.err); // Trino's libraries may print, too
        var tables = new Tables();
        try (var trino = LocalQueryRunner.create(session)) {
            trino.createCatalog(CATALOG, tables, Map.of());
            for (String line; (line = input.readLine()) != null; ) {
                output.println(JSON.writeValueAsString(answer(trino, tables, JSON.readTree(line))));
                output.flush();
            }
        }
        System.exit(0); // Trino leaves threads behind
    }

    private static ObjectNode answer(LocalQueryRunner trino, Tables tables, JsonNode request) {
        var answer = JSON.createObjectNode();
        try {
            var rows = JSON.createArrayNode();
            if (request.has("table")) {
                tables.replace(request);
            } else {
                for (var row : trino.execute(request.get("statement").textValue())) {
                    rows.add(JSON.valueToTree(row.getFields()));
                }
            }
            answer.set("rows", rows);
        } catch (Exception | StackOverflowError | OutOfMemoryError error) {
            Throwable cause = error;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            answer.put("refused", error.getMessage() + (cause == error ? "" : " (" + cause + ")"));
        }
        return answer;
    }

    private record Name(SchemaTableName name) implements ConnectorTableHandle {}

    private record Column(int place) implements ColumnHandle {}

    private record Table(List<ColumnMetadata> columns, Page page) {}

    private enum Only implements ConnectorTransactionHandle, ConnectorSplit {
        ONE;

        @Override
        public boolean isRemotelyAccessible() {
            return true;
        }

        @Override
        public List<io.trino.spi.HostAddress> getAddresses() {
            return List.of();
        }

        @Override
        public Object getInfo() {
            return name();
        }

        @Override
        public long getRetainedSizeInBytes() {
            return 0;
        }
    }

    /** A connector whose tables are set by {@link #replace}. */
    private static final class Tables
            implements ConnectorFactory, Connector, ConnectorMetadata, ConnectorSplitManager, ConnectorPageSourceProvider {
        private final Map<SchemaTableName, Table> tables = new LinkedHashMap<>();
        private TypeManager types;

        void replace(JsonNode request) {
            List<ColumnMetadata> columns = new ArrayList<>();
            request.get("columns")
                    .forEach(each -> columns.add(new ColumnMetadata(
                            each.get(0).textValue(), types.fromSqlType(each.get(1).textValue()))));
            var pages = PageBuilder.withMaxPageSize(
                    Integer.MAX_VALUE, columns.stream().map(ColumnMetadata::getType).toList());
            for (var row : request.get("rows")) {
                pages.declarePosition();
                for (int place = 0; place < columns.size(); place++) {
                    write(columns.get(place).getType(), row.get(place), pages.getBlockBuilder(place));
                }
            }
            var name = new SchemaTableName(SCHEMA, request.get("table").textValue());
            tables.put(name, new Table(columns, pages.build()));
        }

        private static void write(Type type, JsonNode value, BlockBuilder to) {
            if (value.isNull()) {
                to.appendNull();
            } else if (type instanceof VarcharType text) {
                text.writeString(to, value.textValue());
            } else if (type instanceof BigintType number) {
                number.writeLong(to, value.longValue());
            } else if (type instanceof ArrayType array) {
                var items = to.beginBlockEntry();
                value.forEach(item -> write(array.getElementType(), item, items));
                to.closeEntry();
            } else {
                var fields = ((RowType) type).getFields();
                var inner = to.beginBlockEntry();
                for (int place = 0; place < fields.size(); place++) {
                    write(fields.get(place).getType(), value.get(place), inner);
                }
                to.closeEntry();
            }
        }

        @Override
        public String getName() {
            return CATALOG;
        }

        @Override
        public Connector create(String catalog, Map<String, String> config, ConnectorContext context) {
            types = context.getTypeManager();
            return this;
        }

        @Override
        public ConnectorTransactionHandle beginTransaction(IsolationLevel level, boolean readOnly, boolean autoCommit) {
            return Only.ONE;
        }

        @Override
        public ConnectorMetadata getMetadata(ConnectorSession session, ConnectorTransactionHandle transaction) {
            return this;
        }

        @Override
        public ConnectorSplitManager getSplitManager() {
            return this;
        }

        @Override
        public ConnectorPageSourceProvider getPageSourceProvider() {
            return this;
        }

        @Override
        public List<String> listSchemaNames(ConnectorSession session) {
            return List.of(SCHEMA);
        }

        @Override
        public List<SchemaTableName> listTables(ConnectorSession session, Optional<String> schema) {
            return List.copyOf(tables.keySet());
        }

        @Override
        public ConnectorTableHandle getTableHandle(ConnectorSession session, SchemaTableName name) {
            return tables.containsKey(name) ? new Name(name) : null;
        }

        @Override
        public ConnectorTableMetadata getTableMetadata(ConnectorSession session, ConnectorTableHandle handle) {
            return new ConnectorTableMetadata(((Name) handle).name(), columns(handle));
        }

        @Override
        public Map<String, ColumnHandle> getColumnHandles(ConnectorSession session, ConnectorTableHandle handle) {
            Map<String, ColumnHandle> handles = new LinkedHashMap<>();
            for (var column : columns(handle)) {
                handles.put(column.getName(), new Column(handles.size()));
            }
            return handles;
        }

        @Override
        public ColumnMetadata getColumnMetadata(
                ConnectorSession session, ConnectorTableHandle handle, ColumnHandle column) {
            return columns(handle).get(((Column) column).place());
        }

        @Override
        public ConnectorSplitSource getSplits(
                ConnectorTransactionHandle transaction,
                ConnectorSession session,
                ConnectorTableHandle handle,
                DynamicFilter filter,
                Constraint constraint) {
            return new FixedSplitSource(List.of(Only.ONE));
        }

        @Override
        public ConnectorPageSource createPageSource(
                ConnectorTransactionHandle transaction,
                ConnectorSession session,
                ConnectorSplit split,
                ConnectorTableHandle handle,
                List<ColumnHandle> asked,
                DynamicFilter filter) {
            var places = asked.stream().mapToInt(column -> ((Column) column).place()).toArray();
            return new FixedPageSource(List.of(tables.get(((Name) handle).name()).page().getColumns(places)));
        }

        private List<ColumnMetadata> columns(ConnectorTableHandle handle) {
            return tables.get(((Name) handle).name()).columns();
        }
    }
}
