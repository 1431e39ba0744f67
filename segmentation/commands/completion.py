"""``sekisho completion``: the script that a shell reads to complete commands, options and file names."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from segmentation.commands.bilingual import command
from segmentation.commands.language import COMPLETE_VARIABLE
from segmentation.model.text import Text

_ABOUT = Text(
    "シェルの補完スクリプトを標準出力に書きます。bash は ~/.bashrc に"
    "「source <(sekisho completion bash)」、zsh は ~/.zshrc に「source <(sekisho completion zsh)」と書き、"
    "fish は「sekisho completion fish > ~/.config/fish/completions/sekisho.fish」を一度実行してください。",
    "Write the completion script of a shell to standard output. For bash put 'source <(sekisho completion bash)' into "
    "~/.bashrc, for zsh 'source <(sekisho completion zsh)' into ~/.zshrc, and for fish run "
    "'sekisho completion fish > ~/.config/fish/completions/sekisho.fish' once.",
)


@command("completion", _ABOUT)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script without asking the shell anything: it may be installed on another machine."""
    template = get_completion_class(shell)
    assert template is not None
    root = click.get_current_context().find_root()
    maker = template(root.command, {}, "sekisho", COMPLETE_VARIABLE)
    # ``source()`` of bash starts bash to learn its version; the template alone needs nobody.
    click.echo(maker.source_template % maker.source_vars())
