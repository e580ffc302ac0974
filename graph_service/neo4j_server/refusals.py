"""What starting a Neo4j server refuses."""

from __future__ import annotations

from graph_service.errors import Refusal


class ServerRefusal(Refusal):
    """The Neo4j server cannot be started as asked."""


class JavaMissing(ServerRefusal):
    """There is no Java to run the server on."""

    code = "java_missing"
    en = "There is no Java at {path}. Install trustnet[neo4j-server], or name a java (17 or 21) in TRUSTNET_JAVA."
    zh = "{path} 处没有 Java。请安装 trustnet[neo4j-server]，或在 TRUSTNET_JAVA 中指定 17 或 21 版的 java 程序。"


class JarsUnreachable(ServerRefusal):
    """Jars that are not here yet could not be fetched. Those that arrived are kept."""

    code = "jars_unreachable"
    en = (
        "{missing} of Neo4j's jars are not here, and {repository} does not give them: {reason}. Check the network or "
        "name another Maven repository in TRUSTNET_MAVEN_REPOSITORY, then try again; what arrived is kept."
    )
    zh = (
        "缺少 {missing} 个 Neo4j 的 jar，{repository} 未能提供：{reason}。请检查网络，"
        "或在 TRUSTNET_MAVEN_REPOSITORY 中指定其他 Maven 仓库后重试；已下载的会保留。"
    )


class JarAltered(ServerRefusal):
    """A repository gives another file under the name of a jar than the one that is locked."""

    code = "jar_altered"
    en = (
        "{repository} gives {found} as {jar}, which is locked as {locked}. It was thrown away. Ask who keeps the "
        "repository, or name another in TRUSTNET_MAVEN_REPOSITORY."
    )
    zh = (
        "{repository} 提供的 {jar} 为 {found}，而锁定值为 {locked}。文件已丢弃。请询问仓库的维护者，"
        "或在 TRUSTNET_MAVEN_REPOSITORY 中指定其他仓库。"
    )


class ServerFolderNotOurs(ServerRefusal):
    """The data folder holds something else. It is left exactly as it is."""

    code = "server_folder_not_ours"
    en = "The folder {path} holds something else and was left as it is. Name an empty or a new one with --data."
    zh = "文件夹 {path} 中有其他内容，未作任何改动。请用 --data 指定空的或新的文件夹。"


class ServerFolderNewer(ServerRefusal):
    """The data was written by a newer Neo4j, which this one might damage."""

    code = "server_folder_newer"
    en = "The data in {path} was written by Neo4j {found}; this program starts {known}. Use a newer trustnet."
    zh = "{path} 中的数据由 Neo4j {found} 写入，本程序启动的是 {known}。请使用更新的 trustnet。"


class ServerFolderInUse(ServerRefusal):
    """Another Neo4j server runs on the data folder."""

    code = "server_folder_in_use"
    en = "Another Neo4j server runs on the data in {path}. Stop it first, or name another folder with --data."
    zh = "另一个 Neo4j 服务器正在使用 {path} 中的数据。请先停止它，或用 --data 指定其他文件夹。"


class ServerPasswordShort(ServerRefusal):
    """Neo4j takes no password as short as that."""

    code = "server_password_short"
    en = "Neo4j takes passwords of at least {least} characters. Put a longer one into TRUSTNET_NEO4J_PASSWORD."
    zh = "Neo4j 的密码至少 {least} 个字符。请在 TRUSTNET_NEO4J_PASSWORD 中填写更长的密码。"


class ServerPasswordMissing(ServerRefusal):
    """The data has a password that somebody chose, and it was not given."""

    code = "server_password_missing"
    en = "The data in {path} was given a password. Put it into TRUSTNET_NEO4J_PASSWORD."
    zh = "{path} 中的数据已设密码。请填入 TRUSTNET_NEO4J_PASSWORD。"


class ServerPasswordWrong(ServerRefusal):
    """The server's data has another password. The server was stopped again."""

    code = "server_password_wrong"
    en = "The password does not open the data in {path}. Put the right one into TRUSTNET_NEO4J_PASSWORD."
    zh = "密码无法打开 {path} 中的数据。请在 TRUSTNET_NEO4J_PASSWORD 中填写正确的密码。"


class ServerStopped(ServerRefusal):
    """The server's process ended although nobody asked it to, or never answered."""

    code = "server_stopped"
    en = "Neo4j does not run and says: {reason}. Put that right and start it again; the whole of it is in {log}."
    zh = "Neo4j 未在运行，信息为：{reason}。请处理后重新启动；详情见 {log}。"
