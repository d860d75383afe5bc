<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>canvas</name>
    <message>
        <source>Box</source>
        <translation>框</translation>
    </message>
    <message>
        <source>Ask about “{label}”</source>
        <translation>就“{label}”提问</translation>
    </message>
    <message>
        <source>Hide this box</source>
        <translation>隐藏此框</translation>
    </message>
    <message>
        <source>Show only this box</source>
        <translation>只显示此框</translation>
    </message>
    <message>
        <source>Show all boxes</source>
        <translation>显示所有框</translation>
    </message>
    <message>
        <source>Draw a region</source>
        <translation>画选区</translation>
    </message>
    <message>
        <source>Remove the region</source>
        <translation>移除选区</translation>
    </message>
    <message>
        <source>Move or size this box</source>
        <translation>移动或调整此框</translation>
    </message>
    <message>
        <source>Remove this box</source>
        <translation>删除此框</translation>
    </message>
    <message>
        <source>Draw a box</source>
        <translation>画一个框</translation>
    </message>
    <message>
        <source>{label}, box {number} of {count}, in {picture}</source>
        <translation>{label}，第 {number} 个框，共 {count} 个，位于 {picture}</translation>
    </message>
    <message>
        <source>Drop it to ask about it</source>
        <translation>松开即可就它提问</translation>
    </message>
    <message>
        <source>Drop it to use this model</source>
        <translation>松开即可使用这个模型</translation>
    </message>
    <message>
        <source>Actual size</source>
        <translation>实际大小</translation>
    </message>
    <message>
        <source>Open pictures</source>
        <translation>打开图片</translation>
    </message>
    <message>
        <source>Capture a part of the screen</source>
        <translation>截取屏幕的一部分</translation>
    </message>
    <message>
        <source>Zoom out</source>
        <translation>缩小</translation>
    </message>
    <message>
        <source>Zoom in</source>
        <translation>放大</translation>
    </message>
    <message>
        <source>Fit to the window</source>
        <translation>适应窗口</translation>
    </message>
    <message>
        <source>Draw a region to ask about</source>
        <translation>画一个要提问的选区</translation>
    </message>
    <message>
        <source>Pictures of the conversation</source>
        <translation>对话中的图片</translation>
    </message>
    <message>
        <source>Ctrl+Page Down shows the next picture.</source>
        <translation>按 Ctrl+Page Down 显示下一张图片。</translation>
    </message>
    <message>
        <source>Remove from the conversation</source>
        <translation>从对话中移除</translation>
    </message>
    <message>
        <source>{name} stays: an answer speaks of it.</source>
        <translation>{name} 不能移除：有回答提到了它。</translation>
    </message>
    <message>
        <source>Picture {number} of {count}: {name}</source>
        <translation>第 {number} 张图片，共 {count} 张：{name}</translation>
    </message>
    <message>
        <source>Picture</source>
        <translation>图片</translation>
    </message>
    <message>
        <source>Drop a picture here</source>
        <translation>将图片拖放到这里</translation>
    </message>
    <message>
        <source>or paste it with Ctrl+V. It stays on this computer.</source>
        <translation>或按 Ctrl+V 粘贴。图片不会离开这台电脑。</translation>
    </message>
    <message>
        <source>Open a picture…</source>
        <translation>打开图片…</translation>
    </message>
    <message>
        <source>Choose a file</source>
        <translation>选择文件</translation>
    </message>
    <message>
        <source>Capture the screen…</source>
        <translation>截取屏幕…</translation>
    </message>
    <message>
        <source>Choose a part of it</source>
        <translation>选择其中一部分</translation>
    </message>
    <message>
        <source>Or try one of these</source>
        <translation>或者试试这些示例</translation>
    </message>
    <message>
        <source>Open the example picture {name}</source>
        <translation>打开示例图片 {name}</translation>
    </message>
    <message>
        <source>Open {name}</source>
        <translation>打开 {name}</translation>
    </message>
    <message>
        <source>Open the picture and ask {question}</source>
        <translation>打开图片并提问：{question}</translation>
    </message>
</context>
<context>
    <name>capture</name>
    <message>
        <source>Drag a rectangle, or use the arrow keys and Enter; Escape leaves.</source>
        <translation>拖出一个矩形，或使用方向键和 Enter；按 Esc 退出。</translation>
    </message>
    <message>
        <source>Choose a part of the screen</source>
        <translation>选择屏幕的一部分</translation>
    </message>
    <message>
        <source>This desktop gives no picture of its screen to programs; use its own screenshot key and paste the picture here.</source>
        <translation>此桌面环境不允许程序截屏；请用系统的截屏键截取，再把图片粘贴到这里。</translation>
    </message>
</context>
<context>
    <name>chat</name>
    <message>
        <source>Copy the answer</source>
        <translation>复制回答</translation>
    </message>
    <message>
        <source>Answer again</source>
        <translation>重新回答</translation>
    </message>
    <message>
        <source>Answer again, differently; this answer stays as a branch</source>
        <translation>换一种方式重新回答；当前回答保留为分支</translation>
    </message>
    <message>
        <source>Change the question</source>
        <translation>修改问题</translation>
    </message>
    <message>
        <source>Change the question and ask it beside this one</source>
        <translation>修改问题，并作为新的分支提问</translation>
    </message>
    <message>
        <source>Show what was heard</source>
        <translation>显示听到的内容</translation>
    </message>
    <message>
        <source>Show what the model hears in the recording</source>
        <translation>显示模型在录音中听到的内容</translation>
    </message>
    <message>
        <source>Correct</source>
        <translation>更正</translation>
    </message>
    <message>
        <source>Correct the answer: its boxes and its words (Ctrl+Shift+C)</source>
        <translation>更正这个回答：它的框和文字（Ctrl+Shift+C）</translation>
    </message>
    <message>
        <source>Set back</source>
        <translation>还原</translation>
    </message>
    <message>
        <source>Set back to what the model wrote</source>
        <translation>还原为模型所写的内容</translation>
    </message>
    <message>
        <source>Go on from here</source>
        <translation>从这里继续</translation>
    </message>
    <message>
        <source>Go on from here; what follows stays as a branch</source>
        <translation>从这里继续；后面的内容保留为分支</translation>
    </message>
    <message>
        <source>Branch before</source>
        <translation>上一个分支</translation>
    </message>
    <message>
        <source>Show the branch before</source>
        <translation>显示上一个分支</translation>
    </message>
    <message>
        <source>Next branch</source>
        <translation>下一个分支</translation>
    </message>
    <message>
        <source>Show the next branch</source>
        <translation>显示下一个分支</translation>
    </message>
    <message>
        <source>Answer again; what there is of this answer stays as a branch</source>
        <translation>重新回答；已有的部分保留为分支</translation>
    </message>
    <message>
        <source>Branch {place} of {count}</source>
        <translation>第 {place} 个分支，共 {count} 个</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>回答</translation>
    </message>
    <message>
        <source>Looking at the picture…</source>
        <translation>正在看图片…</translation>
    </message>
    <message>
        <source>Reading the question…</source>
        <translation>正在读问题…</translation>
    </message>
    <message>
        <source>Corrected by you.</source>
        <translation>已由您更正。</translation>
    </message>
    <message>
        <source>Corrected by you: nothing in the picture fits.</source>
        <translation>已由您更正：图片中没有符合的内容。</translation>
    </message>
    <message>
        <source>Stopped.</source>
        <translation>已停止。</translation>
    </message>
    <message>
        <source>Cut off.</source>
        <translation>已中断。</translation>
    </message>
    <message>
        <source>The picture that the question is about</source>
        <translation>问题所问的图片</translation>
    </message>
    <message>
        <source>The region that the question is about</source>
        <translation>问题所问的选区</translation>
    </message>
    <message>
        <source>What was heard</source>
        <translation>听到的内容</translation>
    </message>
    <message>
        <source>Written down from the recording:</source>
        <translation>由录音听写：</translation>
    </message>
    <message>
        <source>Question</source>
        <translation>问题</translation>
    </message>
    <message>
        <source>Waiting for the engine to be ready…</source>
        <translation>正在等待引擎就绪…</translation>
    </message>
    <message>
        <source>Thinking…</source>
        <translation>正在思考…</translation>
    </message>
    <message>
        <source>Listening to it…</source>
        <translation>正在听…</translation>
    </message>
    <message>
        <source>Nothing was heard in it.</source>
        <translation>没有听到任何内容。</translation>
    </message>
    <message>
        <source>Heard: “{words}”</source>
        <translation>听到：“{words}”</translation>
    </message>
    <message numerus="yes">
        <source>{used} of {limit} tokens</source>
        <translation>
            <numerusform>{used} / {limit} 个词元</numerusform>
        </translation>
    </message>
    <message>
        <source>Tasks</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>How much this conversation fills of what the model can keep in mind</source>
        <translation>这段对话占用了模型记忆容量的多少</translation>
    </message>
    <message>
        <source>Enter sends, Shift+Enter begins a new line.</source>
        <translation>按 Enter 发送，按 Shift+Enter 换行。</translation>
    </message>
    <message>
        <source>Enter sends what was said; words can be added.</source>
        <translation>按 Enter 发送录音；也可以加上文字。</translation>
    </message>
    <message>
        <source>Enter asks what it is.</source>
        <translation>按 Enter 询问这是什么。</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Stop the answer (Esc)</source>
        <translation>停止回答 (Esc)</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>发送</translation>
    </message>
    <message>
        <source>Send (Enter)</source>
        <translation>发送 (Enter)</translation>
    </message>
    <message>
        <source>Your question</source>
        <translation>你的问题</translation>
    </message>
    <message>
        <source>An answer is still being written; wait for it or stop it first.</source>
        <translation>回答尚未完成；请等它结束，或先停止它。</translation>
    </message>
    <message>
        <source>This needs something said: record it, or drop a sound file.</source>
        <translation>这需要语音：请录音，或拖入一个声音文件。</translation>
    </message>
    <message>
        <source>There is nothing to send yet. {hint}</source>
        <translation>还没有可发送的内容。{hint}</translation>
    </message>
    <message>
        <source>This needs a picture: drop, paste or open one first.</source>
        <translation>这需要一张图片：请先拖入、粘贴或打开一张。</translation>
    </message>
    <message>
        <source>Not sent: this model does not hear; answer again to have it written down.</source>
        <translation>未发送：此模型没有听觉；请重新回答，以便先听写。</translation>
    </message>
    <message>
        <source>Not sent: the engine could not start.</source>
        <translation>未发送：引擎无法启动。</translation>
    </message>
    <message>
        <source>The answer reached its longest allowed length.</source>
        <translation>回答已达到允许的最大长度。</translation>
    </message>
    <message>
        <source>Nothing in the picture fits “{words}”.</source>
        <translation>图片中没有与“{words}”相符的内容。</translation>
    </message>
    <message>
        <source>Ask about your picture</source>
        <translation>就你的图片提问</translation>
    </message>
    <message>
        <source>The answer streams in, and what it speaks of is outlined on the picture.</source>
        <translation>回答会逐字显示，提到的内容会在图片上用框标出。</translation>
    </message>
    <message>
        <source>Nothing asked yet</source>
        <translation>还没有提问</translation>
    </message>
    <message>
        <source>Bring a picture and ask about it, or just write: words alone are fine, too.</source>
        <translation>添加一张图片并就它提问，也可以直接输入文字。</translation>
    </message>
    <message>
        <source>The model is loading; a question sent now waits until it is ready.</source>
        <translation>模型正在加载；现在发送的问题会等到模型就绪后回答。</translation>
    </message>
    <message>
        <source>The engine is not running; restart it to get an answer.</source>
        <translation>引擎没有运行；请重新启动引擎以获得回答。</translation>
    </message>
    <message>
        <source>New conversation</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>New conversation (Ctrl+N)</source>
        <translation>新对话 (Ctrl+N)</translation>
    </message>
    <message>
        <source>Sightline ended before the answer was complete.</source>
        <translation>回答完成之前 Sightline 已退出。</translation>
    </message>
    <message>
        <source>About this region</source>
        <translation>关于此选区</translation>
    </message>
    <message>
        <source>Remove the region from the question</source>
        <translation>从问题中移除选区</translation>
    </message>
    <message>
        <source>Remove the region (Delete)</source>
        <translation>移除选区 (Delete)</translation>
    </message>
    <message>
        <source>Enter asks the changed question beside the first; remove the recording and all words to leave it.</source>
        <translation>按 Enter 在原问题旁提出修改后的问题；移除录音并清空文字即可放弃修改。</translation>
    </message>
    <message>
        <source>Enter asks the changed question beside the first; empty the field to leave it.</source>
        <translation>按 Enter 将修改后的问题作为新分支提问；清空输入框可放弃修改。</translation>
    </message>
    <message>
        <source>here</source>
        <translation>这里</translation>
    </message>
    <message>
        <source>Conversation</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Go to the newest answer</source>
        <translation>转到最新的回答</translation>
    </message>
    <message>
        <source>Go to the newest answer (End)</source>
        <translation>转到最新的回答 (End)</translation>
    </message>
    <message>
        <source>Tags</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Describe this picture in a sentence</source>
        <translation>用一句话描述这张图片</translation>
    </message>
    <message>
        <source>Describe it and outline what you name</source>
        <translation>描述图片，并框出提到的内容</translation>
    </message>
    <message>
        <source>Point to something…</source>
        <translation>指出某样东西…</translation>
    </message>
    <message>
        <source>Find every…</source>
        <translation>找出所有…</translation>
    </message>
    <message>
        <source>Spoken question</source>
        <translation>语音提问</translation>
    </message>
    <message>
        <source>{task}: {picture}</source>
        <translation>{task}：{picture}</translation>
    </message>
    <message>
        <source>Drag a box where it belongs, or Page Down and the arrows; Delete removes it. Dragging with Shift draws one in its place. Without a box the answer is “none”.</source>
        <translation>把框拖到正确的位置，或用 Page Down 和方向键；Delete 删除。按住 Shift 拖动可重新画框。没有框时，回答即为“none”。</translation>
    </message>
    <message>
        <source>Drag a box where it belongs, or Page Down and the arrows; Delete removes it. Dragging with Shift draws one for the words that are selected here.</source>
        <translation>把框拖到正确的位置，或用 Page Down 和方向键；Delete 删除。按住 Shift 拖动可为此处选中的文字画框。</translation>
    </message>
    <message>
        <source>Change the words.</source>
        <translation>修改文字。</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Save the correction</source>
        <translation>保存更正</translation>
    </message>
    <message>
        <source>Save the correction (Ctrl+Enter)</source>
        <translation>保存更正（Ctrl+Enter）</translation>
    </message>
    <message>
        <source>Leave as it was</source>
        <translation>保持原样</translation>
    </message>
    <message>
        <source>Leave the answer as it was (Esc)</source>
        <translation>让回答保持原样（Esc）</translation>
    </message>
    <message>
        <source>The words of the answer</source>
        <translation>回答的文字</translation>
    </message>
    <message>
        <source>Open this address in the browser? A model wrote it, and may have made it up.</source>
        <translation>要在浏览器中打开这个网址吗？它是模型写的，可能是编造的。</translation>
    </message>
    <message>
        <source>Open an address</source>
        <translation>打开网址</translation>
    </message>
    <message>
        <source>It leads to {host}.</source>
        <translation>它指向 {host}。</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Don&apos;t open</source>
        <translation>不打开</translation>
    </message>
    <message>
        <source>The correction that was begun was not saved.</source>
        <translation>已开始的更正没有保存。</translation>
    </message>
    <message>
        <source>An answer needs words or a box; write some, draw one, or leave it as it was.</source>
        <translation>回答需要文字或框；请写一些文字、画一个框，或保持原样。</translation>
    </message>
    <message>
        <source>Remove the recording from the question</source>
        <translation>从问题中移除录音</translation>
    </message>
    <message>
        <source>Remove the recording (Delete)</source>
        <translation>移除录音 (Delete)</translation>
    </message>
    <message>
        <source>What was said is sent as soon as the model is ready.</source>
        <translation>模型就绪后会立即发送录音。</translation>
    </message>
    <message>
        <source>What was said is being written down…</source>
        <translation>正在听写录音…</translation>
    </message>
    <message>
        <source>Heard, please check: Enter sends these words.</source>
        <translation>已听写，请核对：按 Enter 发送这些文字。</translation>
    </message>
    <message>
        <source>Nothing was heard in the recording; say it again, or type.</source>
        <translation>录音中没有听到任何内容；请再说一遍，或直接输入。</translation>
    </message>
</context>
<context>
    <name>engine</name>
    <message>
        <source>Loading the model…</source>
        <translation>正在加载模型…</translation>
    </message>
    <message>
        <source>Restarting…</source>
        <translation>正在重新启动…</translation>
    </message>
    <message>
        <source>{name} · ready</source>
        <translation>{name} · 就绪</translation>
    </message>
    <message>
        <source>{name} · answering</source>
        <translation>{name} · 正在回答</translation>
    </message>
    <message>
        <source>Engine</source>
        <translation>引擎</translation>
    </message>
    <message>
        <source>The model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Engine stopped</source>
        <translation>引擎已停止</translation>
    </message>
    <message>
        <source>Restart the engine</source>
        <translation>重新启动引擎</translation>
    </message>
    <message>
        <source>Start the engine again (Ctrl+Shift+R)</source>
        <translation>重新启动引擎 (Ctrl+Shift+R)</translation>
    </message>
    <message>
        <source>The engine stopped.</source>
        <translation>引擎已停止。</translation>
    </message>
    <message>
        <source>The engine starts.</source>
        <translation>引擎正在启动。</translation>
    </message>
    <message>
        <source>The engine starts again with what was chosen.</source>
        <translation>引擎正在按新的选择重新启动。</translation>
    </message>
    <message>
        <source>The engine was not started.</source>
        <translation>引擎尚未启动。</translation>
    </message>
    <message>
        <source>{model} on {device}</source>
        <translation>{model}，运行于 {device}</translation>
    </message>
</context>
<context>
    <name>export</name>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>Picture with boxes as PNG…</source>
        <translation>带框的图片，PNG 格式…</translation>
    </message>
    <message>
        <source>Picture with boxes as SVG…</source>
        <translation>带框的图片，SVG 格式…</translation>
    </message>
    <message>
        <source>Boxes as COCO JSON…</source>
        <translation>框的数据，COCO JSON 格式…</translation>
    </message>
    <message>
        <source>Export corrections…</source>
        <translation>导出更正…</translation>
    </message>
    <message>
        <source>Training set (*.tar)</source>
        <translation>训练集 (*.tar)</translation>
    </message>
    <message numerus="yes">
        <source>%n corrected answers are in {file}.</source>
        <translation>
            <numerusform>{file} 中有 %n 个更正过的回答。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n more were left out: their picture is gone, or what was said was not written down.</source>
        <translation>
            <numerusform>另有 %n 个未导出：图片已不存在，或语音没有听写成文字。</numerusform>
        </translation>
    </message>
    <message>
        <source>There is no correction to export yet: Correct, below an answer, makes one.</source>
        <translation>还没有可导出的更正：点按回答下方的“更正”即可更正。</translation>
    </message>
    <message>
        <source>{path} can&apos;t be written: {reason}; choose another place.</source>
        <translation>无法写入 {path}：{reason}；请选择其他位置。</translation>
    </message>
    <message>
        <source>No correction was exported: none is about a picture that is still there.</source>
        <translation>没有导出任何更正：它们的图片都已不存在。</translation>
    </message>
    <message>
        <source>Saved as {path}.</source>
        <translation>已保存为 {path}。</translation>
    </message>
</context>
<context>
    <name>history</name>
    <message>
        <source>Markdown with its pictures (*.md)</source>
        <translation>Markdown，附带图片 (*.md)</translation>
    </message>
    <message>
        <source>JSON, to read it back (*.json)</source>
        <translation>JSON，可重新导入 (*.json)</translation>
    </message>
    <message>
        <source>conversation</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Export the conversation</source>
        <translation>导出对话</translation>
    </message>
    <message>
        <source>Import a conversation</source>
        <translation>导入对话</translation>
    </message>
    <message>
        <source>Deleted “{title}”.</source>
        <translation>已删除“{title}”。</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>搜索</translation>
    </message>
    <message>
        <source>Search conversations</source>
        <translation>搜索对话</translation>
    </message>
    <message>
        <source>Search titles, questions and answers (Ctrl+K)</source>
        <translation>搜索标题、问题和回答 (Ctrl+K)</translation>
    </message>
    <message>
        <source>Import a conversation (Ctrl+I)</source>
        <translation>导入对话 (Ctrl+I)</translation>
    </message>
    <message>
        <source>Begin a new conversation</source>
        <translation>开始新对话</translation>
    </message>
    <message>
        <source>New conversation (Ctrl+N)</source>
        <translation>新对话 (Ctrl+N)</translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation>对话列表</translation>
    </message>
    <message>
        <source>What you ask is kept here, on this computer only.</source>
        <translation>你的提问保存在这里，只存于这台电脑。</translation>
    </message>
    <message>
        <source>Nothing found for “{words}”.</source>
        <translation>没有找到“{words}”。</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>重命名</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>导出…</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Bring it back (Ctrl+Shift+Z)</source>
        <translation>恢复 (Ctrl+Shift+Z)</translation>
    </message>
</context>
<context>
    <name>introduction</name>
    <message>
        <source>Look</source>
        <translation>看</translation>
    </message>
    <message>
        <source>Ask about any picture in your own words. The answer streams in below; nothing leaves this computer.</source>
        <translation>用您自己的话询问任何图片。回答会在下方逐字显示；任何内容都不会离开这台电脑。</translation>
    </message>
    <message>
        <source>Point</source>
        <translation>指</translation>
    </message>
    <message>
        <source>Name something, and a box appears around it. The words and their box light up together under the pointer.</source>
        <translation>说出一样东西，它的周围就会出现一个框。把指针移上去，文字和它的框会一起亮起。</translation>
    </message>
    <message>
        <source>Draw</source>
        <translation>画</translation>
    </message>
    <message>
        <source>Draw a region to ask about it: press Ctrl+R and drag, or use the arrow keys. Enter alone asks what it is.</source>
        <translation>画一个选区来询问它：按 Ctrl+R 后拖动，或使用方向键。直接按 Enter 会问它是什么。</translation>
    </message>
    <message>
        <source>That is all. F10 opens the menu with this introduction, the models and the settings.</source>
        <translation>就是这些。F10 打开菜单，里面有本介绍、模型和设置。</translation>
    </message>
    <message>
        <source>The example picture {path} is missing; install Sightline again.</source>
        <translation>缺少示例图片 {path}；请重新安装 Sightline。</translation>
    </message>
    <message>
        <source>Introduction</source>
        <translation>介绍</translation>
    </message>
    <message>
        <source>Show me</source>
        <translation>演示给我看</translation>
    </message>
    <message>
        <source>Do this step (Alt+S)</source>
        <translation>执行这一步（Alt+S）</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>{number} of {count}: {title}</source>
        <translation>第 {number} 步，共 {count} 步：{title}</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Skip</source>
        <translation>跳过</translation>
    </message>
    <message>
        <source>Leave the introduction (Alt+K)</source>
        <translation>离开介绍（Alt+K）</translation>
    </message>
</context>
<context>
    <name>log</name>
    <message>
        <source>Copied: versions, device, model, settings and the last error. No word of a conversation.</source>
        <translation>已复制：版本、设备、模型、设置和最近一次错误。不含任何对话内容。</translation>
    </message>
    <message>
        <source>Nothing has been written yet.</source>
        <translation>还没有任何记录。</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>日志</translation>
    </message>
    <message>
        <source>Kept in {path}.</source>
        <translation>保存在 {path}。</translation>
    </message>
    <message>
        <source>Read again</source>
        <translation>重新读取</translation>
    </message>
    <message>
        <source>Read the log again (F5)</source>
        <translation>重新读取日志 (F5)</translation>
    </message>
    <message>
        <source>Copy diagnostics</source>
        <translation>复制诊断信息</translation>
    </message>
    <message>
        <source>Copy what a helper needs to know (Ctrl+D)</source>
        <translation>复制协助者需要了解的信息 (Ctrl+D)</translation>
    </message>
</context>
<context>
    <name>models</name>
    <message>
        <source>Fits</source>
        <translation>内存足够</translation>
    </message>
    <message>
        <source>Fits with less context</source>
        <translation>缩短上下文后可用</translation>
    </message>
    <message>
        <source>Too large</source>
        <translation>过大</translation>
    </message>
    <message>
        <source>Memory not known</source>
        <translation>内存情况未知</translation>
    </message>
    <message>
        <source>Can&apos;t be used</source>
        <translation>无法使用</translation>
    </message>
    <message>
        <source>Let {name} answer from now on</source>
        <translation>从现在起由 {name} 回答</translation>
    </message>
    <message>
        <source>Use</source>
        <translation>使用</translation>
    </message>
    <message>
        <source>Use {name}</source>
        <translation>使用 {name}</translation>
    </message>
    <message>
        <source>Loading {name}</source>
        <translation>正在加载 {name}</translation>
    </message>
    <message>
        <source>Loading…</source>
        <translation>正在加载…</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>In use</source>
        <translation>使用中</translation>
    </message>
    <message>
        <source>Measured quality</source>
        <translation>质量测评</translation>
    </message>
    <message>
        <source>Measured quality of {name}</source>
        <translation>{name} 的质量测评</translation>
    </message>
    <message>
        <source>Verify</source>
        <translation>校验</translation>
    </message>
    <message>
        <source>Verify {name}</source>
        <translation>校验 {name}</translation>
    </message>
    <message>
        <source>Remove…</source>
        <translation>移除…</translation>
    </message>
    <message>
        <source>Remove {name}</source>
        <translation>移除 {name}</translation>
    </message>
    <message>
        <source>Check every byte of it, and load it once</source>
        <translation>检查每个字节，并加载一次</translation>
    </message>
    <message>
        <source>Delete it from this computer</source>
        <translation>从这台电脑上删除</translation>
    </message>
    <message>
        <source>Version {version}</source>
        <translation>版本 {version}</translation>
    </message>
    <message>
        <source>the default</source>
        <translation>默认</translation>
    </message>
    <message>
        <source>, </source>
        <translation>、</translation>
    </message>
    <message>
        <source>Tasks: {tasks}</source>
        <translation>任务：{tasks}</translation>
    </message>
    <message>
        <source>Licence: {licence}</source>
        <translation>许可证：{licence}</translation>
    </message>
    <message>
        <source>Looking at the models of this machine…</source>
        <translation>正在查看本机的模型…</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Look again</source>
        <translation>重新查看</translation>
    </message>
    <message>
        <source>Look again what is there (F5)</source>
        <translation>重新查看有哪些模型 (F5)</translation>
    </message>
    <message>
        <source>Import…</source>
        <translation>导入…</translation>
    </message>
    <message>
        <source>Import a model from this computer (Ctrl+O)</source>
        <translation>从这台电脑导入模型 (Ctrl+O)</translation>
    </message>
    <message>
        <source>Models ({kinds})</source>
        <translation>模型 ({kinds})</translation>
    </message>
    <message>
        <source>Import a model</source>
        <translation>导入模型</translation>
    </message>
    <message>
        <source>On this computer</source>
        <translation>这台电脑上</translation>
    </message>
    <message>
        <source>No model is installed here.</source>
        <translation>这里没有安装模型。</translation>
    </message>
    <message numerus="yes">
        <source>It takes {size} (weights {weights}, context of {context} tokens {cache}, encoders {encoders}, program {program})</source>
        <translation>
            <numerusform>需要 {size}（权重 {weights}，{context} 个词元的上下文 {cache}，编码器 {encoders}，程序 {program}）</numerusform>
        </translation>
    </message>
    <message>
        <source>{takes}; how much is free is not known here.</source>
        <translation>{takes}；无法得知可用内存有多少。</translation>
    </message>
    <message>
        <source>{takes} of the {free} that are free.</source>
        <translation>{takes}，可用{free}。</translation>
    </message>
    <message numerus="yes">
        <source>{takes} of the {free} that are free; a context of {shorter} tokens fits, so that one is used.</source>
        <translation>
            <numerusform>{takes}，可用{free}；可容纳 {shorter} 个词元的上下文，因此采用这一长度。</numerusform>
        </translation>
    </message>
    <message>
        <source>{takes} of the {free} that are free; {missing} more must become free.</source>
        <translation>{takes}，可用{free}；还需腾出 {missing}。</translation>
    </message>
    <message>
        <source>{size} to download</source>
        <translation>需下载 {size}</translation>
    </message>
    <message>
        <source>{size} to download, {kept} of it are here already</source>
        <translation>需下载 {size}，其中 {kept} 已在本机</translation>
    </message>
    <message>
        <source>{size} of memory</source>
        <translation>占用内存 {size}</translation>
    </message>
    <message>
        <source>{size} of memory ({free} free)</source>
        <translation>占用内存 {size}（可用{free}）</translation>
    </message>
    <message>
        <source>{size} of main memory</source>
        <translation>内存 {size}</translation>
    </message>
    <message>
        <source>{size} on {device}</source>
        <translation> {device} 上的 {size}</translation>
    </message>
    <message>
        <source>{one} and {another}</source>
        <translation>{one}和{another}</translation>
    </message>
    <message>
        <source>The models can&apos;t be listed: {reason}</source>
        <translation>无法列出模型：{reason}</translation>
    </message>
    <message>
        <source>What can be installed can&apos;t be listed: {reason}</source>
        <translation>无法列出可安装的模型：{reason}</translation>
    </message>
    <message>
        <source>it said nothing</source>
        <translation>没有给出原因</translation>
    </message>
    <message>
        <source>Use this model</source>
        <translation>使用这个模型</translation>
    </message>
    <message>
        <source>Use the model {name} from now on?</source>
        <translation>以后使用模型 {name} 吗？</translation>
    </message>
    <message>
        <source>It is in {folder}. The engine is started again with it; Ctrl+M changes back.</source>
        <translation>它在 {folder} 中。引擎会用它重新启动；按 Ctrl+M 可以换回来。</translation>
    </message>
    <message>
        <source>Use it</source>
        <translation>使用</translation>
    </message>
    <message>
        <source>Import puts it among your models first, whole and checked.</source>
        <translation>“导入”会先检查它，再完整地放入你的模型中。</translation>
    </message>
    <message>
        <source>Remove a model</source>
        <translation>移除模型</translation>
    </message>
    <message>
        <source>Remove the model {name}?</source>
        <translation>要移除模型 {name} 吗？</translation>
    </message>
    <message>
        <source>The folder {folder} is deleted. This can&apos;t be undone.</source>
        <translation>将删除文件夹 {folder}，此操作无法撤销。</translation>
    </message>
    <message>
        <source>It is the one that answers now: the bundled model takes its place, and the engine is started again with that.</source>
        <translation>现在正由它回答：将换成自带的模型，引擎会随之重新启动。</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>There is no model in {name}: it holds neither a bundle.json nor a {suffix} file.</source>
        <translation>{name} 中没有模型：既没有 bundle.json，也没有 {suffix} 文件。</translation>
    </message>
    <message>
        <source>{name} is a checkpoint for training, which can&apos;t answer as it is; bring a {suffix} file or a bundle, or convert it first (docs/training.md).</source>
        <translation>{name} 是训练用的检查点，不能直接回答；请拖入 {suffix} 文件或模型包，或先转换它 (docs/training.md)。</translation>
    </message>
    <message>
        <source>{name} is the projector of a model alone; bring the model&apos;s {suffix} file with it, or put both in one folder.</source>
        <translation>{name} 只是模型的投影器；请与模型的 {suffix} 文件一起拖入，或放在同一个文件夹中。</translation>
    </message>
    <message>
        <source>{name} can&apos;t be read: {reason}.</source>
        <translation>无法读取 {name}：{reason}。</translation>
    </message>
    <message>
        <source>None: it takes words only</source>
        <translation>无：只接受文字</translation>
    </message>
    <message>
        <source>As its file says</source>
        <translation>与文件中的相同</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Eyes and ears</source>
        <translation>视觉和听觉</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Check these files and put them among the models (Enter)</source>
        <translation>检查这些文件并放入模型中 (Enter)</translation>
    </message>
    <message>
        <source>Import</source>
        <translation>导入</translation>
    </message>
    <message>
        <source>{size} from {folder}; the files themselves stay there.</source>
        <translation>{size}，来自 {folder}；原文件保持不动。</translation>
    </message>
    <message>
        <source>The installation begins…</source>
        <translation>开始安装…</translation>
    </message>
    <message>
        <source>The import begins…</source>
        <translation>开始导入…</translation>
    </message>
    <message>
        <source>Every byte is checked, then the model is loaded once…</source>
        <translation>先检查每个字节，再加载一次模型…</translation>
    </message>
    <message>
        <source>It is being removed…</source>
        <translation>正在移除…</translation>
    </message>
    <message>
        <source>It is installed.</source>
        <translation>已安装。</translation>
    </message>
    <message>
        <source>It is imported.</source>
        <translation>已导入。</translation>
    </message>
    <message>
        <source>It is whole: every byte is as it was made, and it loads.</source>
        <translation>完好：每个字节都与制作时一致，并且可以加载。</translation>
    </message>
    <message>
        <source>It is removed.</source>
        <translation>已移除。</translation>
    </message>
    <message>
        <source>Stopped; what was downloaded is kept, and it goes on there.</source>
        <translation>已停止；已下载的部分会保留，之后从那里继续。</translation>
    </message>
    <message>
        <source>Stopped; nothing was imported.</source>
        <translation>已停止；没有导入任何内容。</translation>
    </message>
    <message>
        <source>Stopped; it was not checked to the end.</source>
        <translation>已停止；没有检查完。</translation>
    </message>
    <message>
        <source>Stopped; a part of it may be left.</source>
        <translation>已停止；可能还剩下一部分。</translation>
    </message>
    <message>
        <source>Waits until {name} is done.</source>
        <translation>等待 {name} 完成。</translation>
    </message>
    <message>
        <source>It stops…</source>
        <translation>正在停止…</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>End this</source>
        <translation>结束此操作</translation>
    </message>
    <message>
        <source>Begin it once more; what is there already is used</source>
        <translation>再次开始；已有的部分会继续使用</translation>
    </message>
    <message>
        <source>Take this line away</source>
        <translation>不再显示这一行</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>{act}: {name}</source>
        <translation>{act}：{name}</translation>
    </message>
    <message>
        <source>Progress: {name}</source>
        <translation>进度：{name}</translation>
    </message>
    <message>
        <source>The model {name} is installed; Ctrl+M shows all models.</source>
        <translation>模型 {name} 已安装；按 Ctrl+M 查看所有模型。</translation>
    </message>
    <message>
        <source>{name}: {error}</source>
        <translation>{name}：{error}</translation>
    </message>
    <message>
        <source>en</source>
        <comment>the language of the window: en or zh</comment>
        <translation>zh</translation>
    </message>
    <message>
        <source>Installed</source>
        <translation>已安装</translation>
    </message>
    <message>
        <source>sees</source>
        <translation>能看</translation>
    </message>
    <message>
        <source>hears</source>
        <translation>能听</translation>
    </message>
    <message>
        <source>points</source>
        <translation>能指位</translation>
    </message>
    <message>
        <source>many languages</source>
        <translation>多种语言</translation>
    </message>
    <message>
        <source>Install</source>
        <translation>安装</translation>
    </message>
    <message>
        <source>Install {name}</source>
        <translation>安装 {name}</translation>
    </message>
    <message>
        <source>Installing downloads a model from the internet, from {host}. Nothing is fetched before you press Install.</source>
        <translation>安装会从互联网（{host}）下载模型。在你按“安装”之前，不会下载任何内容。</translation>
    </message>
    <message>
        <source>The settings forbid downloads (Ctrl+,). A model&apos;s files can be imported all the same.</source>
        <translation>设置禁止下载 (Ctrl+,)。仍然可以导入模型文件。</translation>
    </message>
    <message>
        <source>More models</source>
        <translation>更多模型</translation>
    </message>
    <message>
        <source>Download it from {host}</source>
        <translation>从 {host} 下载</translation>
    </message>
    <message>
        <source>“{text}” names no repository; it is an owner and a name, as in {example}.</source>
        <translation>“{text}”不是仓库名；应为所有者和名称，例如 {example}。</translation>
    </message>
    <message>
        <source>Another model: a repository with GGUF files</source>
        <translation>其他模型：含 GGUF 文件的仓库</translation>
    </message>
    <message>
        <source>owner/name or owner/name:Q4_K_M</source>
        <translation>所有者/名称 或 所有者/名称:Q4_K_M</translation>
    </message>
    <message>
        <source>Install the repository</source>
        <translation>安装该仓库</translation>
    </message>
    <message>
        <source>Looking at what is needed</source>
        <translation>正在查看需要什么</translation>
    </message>
    <message>
        <source>Downloading</source>
        <translation>正在下载</translation>
    </message>
    <message>
        <source>Checking every byte</source>
        <translation>正在检查每个字节</translation>
    </message>
    <message>
        <source>Putting it in place</source>
        <translation>正在就位</translation>
    </message>
    <message>
        <source>{done} of {total}</source>
        <translation>{done} / {total}</translation>
    </message>
    <message>
        <source>{size} a second</source>
        <translation>每秒 {size}</translation>
    </message>
    <message>
        <source>less than a minute left</source>
        <translation>剩余不到一分钟</translation>
    </message>
    <message numerus="yes">
        <source>about %n minutes left</source>
        <translation>
            <numerusform>剩余约 %n 分钟</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>about %n hours left</source>
        <translation>
            <numerusform>剩余约 %n 小时</numerusform>
        </translation>
    </message>
    <message>
        <source>In progress</source>
        <translation>进行中</translation>
    </message>
</context>
<context>
    <name>pictures</name>
    <message>
        <source>Open pictures</source>
        <translation>打开图片</translation>
    </message>
    <message>
        <source>This is only an address at {host}, and nothing is fetched from the network; copy the picture itself in the browser and paste it here.</source>
        <translation>这只是 {host} 上的一个网址，本程序不会从网络获取任何内容；请在浏览器中复制图片本身，再粘贴到这里。</translation>
    </message>
    <message>
        <source>There is no picture in this; bring a picture file or copied pixels.</source>
        <translation>这里面没有图片；请提供图片文件，或复制图像后粘贴。</translation>
    </message>
    <message>
        <source>Pictures and recordings (*.jpg *.jpeg *.png *.webp *.bmp *.gif *.tif *.tiff *.wav *.flac *.mp3 *.ogg);;All files (*)</source>
        <translation>图片和录音 (*.jpg *.jpeg *.png *.webp *.bmp *.gif *.tif *.tiff *.wav *.flac *.mp3 *.ogg);;所有文件 (*)</translation>
    </message>
    <message>
        <source>There is no file {path}; drop a picture that is still there.</source>
        <translation>文件 {path} 不存在；请拖入仍然存在的图片。</translation>
    </message>
    <message>
        <source>{name} is a folder without a model; drop one picture from it.</source>
        <translation>{name} 是没有模型的文件夹；请从中拖入一张图片。</translation>
    </message>
    <message>
        <source>{name} is empty (0 bytes); choose another picture.</source>
        <translation>{name} 是空文件（0 字节）；请选择其他图片。</translation>
    </message>
    <message numerus="yes">
        <source>{name} has %n megapixels; the limit is {limit}, so make it smaller first.</source>
        <translation>
            <numerusform>{name} 有 %n 百万像素，上限为 {limit}；请先将它缩小。</numerusform>
        </translation>
    </message>
    <message>
        <source>{name} is damaged or cut short; choose another picture.</source>
        <translation>{name} 已损坏或不完整；请选择其他图片。</translation>
    </message>
    <message>
        <source>{name} is not a picture that can be read; JPEG, PNG, WebP, GIF, BMP and TIFF can.</source>
        <translation>{name} 不是可读取的图片；支持 JPEG、PNG、WebP、GIF、BMP 和 TIFF。</translation>
    </message>
    <message>
        <source>picture</source>
        <translation>图片</translation>
    </message>
    <message>
        <source>{name} can&apos;t be read: {reason}.</source>
        <translation>无法读取 {name}：{reason}。</translation>
    </message>
</context>
<context>
    <name>settings</name>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>These settings are kept in {path}, a file that you can edit.</source>
        <translation>这些设置保存在 {path}，你可以编辑这个文件。</translation>
    </message>
    <message>
        <source>All as at first</source>
        <translation>全部恢复初始值</translation>
    </message>
    <message>
        <source>Give every setting its first value (Ctrl+Del)</source>
        <translation>将每项设置恢复为初始值 (Ctrl+Del)</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>选择…</translation>
    </message>
    <message>
        <source>Choose: {setting}</source>
        <translation>选择：{setting}</translation>
    </message>
    <message>
        <source>{help} {effect}</source>
        <translation>{help}{effect}</translation>
    </message>
    <message>
        <source>Sightline&apos;s settings. What is left out, or begins with #, is as the program has it.</source>
        <translation>Sightline 的设置。未写出或以 # 开头的项目使用程序的默认值。</translation>
    </message>
    <message>
        <source>{path} can&apos;t be read, so all is as at first: {reason}.</source>
        <translation>无法读取 {path}，因此全部使用初始值：{reason}。</translation>
    </message>
    <message>
        <source>{path} can&apos;t be changed; put each setting on a line of its own.</source>
        <translation>无法修改 {path}；请让每项设置单独占一行。</translation>
    </message>
    <message>
        <source>Can be {possible}.</source>
        <translation>可以是{possible}。</translation>
    </message>
    <message>
        <source>Without the line: {unset}.</source>
        <translation>不写这一行时：{unset}。</translation>
    </message>
    <message>
        <source>Takes effect at once.</source>
        <translation>立即生效。</translation>
    </message>
    <message>
        <source>The engine is started again for it.</source>
        <translation>引擎会为此重新启动。</translation>
    </message>
    <message>
        <source>Takes effect at the next start.</source>
        <translation>下次启动时生效。</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>窗口</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>The language of the window; a model has its own.</source>
        <translation>窗口使用的语言；模型有它自己的语言。</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>主题</translation>
    </message>
    <message>
        <source>The colours of the window.</source>
        <translation>窗口的配色。</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Text size</source>
        <translation>文字大小</translation>
    </message>
    <message>
        <source>The size of all words, in percent of the system&apos;s.</source>
        <translation>所有文字的大小，以系统字号的百分比表示。</translation>
    </message>
    <message>
        <source>Introduction</source>
        <translation>介绍</translation>
    </message>
    <message>
        <source>Whether the three steps that show what the program can do come at a start without a conversation. F1 shows them at any time.</source>
        <translation>在没有对话时启动，是否显示介绍本程序功能的三个步骤。按 F1 可随时查看。</translation>
    </message>
    <message>
        <source>At the next start</source>
        <translation>下次启动时</translation>
    </message>
    <message>
        <source>It was shown</source>
        <translation>已显示过</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>The folder of the model that answers.</source>
        <translation>负责回答的模型所在的文件夹。</translation>
    </message>
    <message>
        <source>The bundled model</source>
        <translation>自带的模型</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Where the model runs.</source>
        <translation>模型在哪里运行。</translation>
    </message>
    <message>
        <source>A GPU where there is one</source>
        <translation>有 GPU 时使用 GPU</translation>
    </message>
    <message>
        <source>The processor</source>
        <translation>处理器</translation>
    </message>
    <message>
        <source>Threads</source>
        <translation>线程数</translation>
    </message>
    <message>
        <source>How many threads of the processor the language model uses.</source>
        <translation>语言模型使用的处理器线程数。</translation>
    </message>
    <message>
        <source>One for each core</source>
        <translation>每个核心一个</translation>
    </message>
    <message>
        <source>Context</source>
        <translation>上下文</translation>
    </message>
    <message>
        <source>How much of a conversation the model reads, in tokens, at most what it was made for; less takes less memory.</source>
        <translation>模型读取多长的对话，以词元计，不超过模型的设计上限；越短占用内存越少。</translation>
    </message>
    <message>
        <source>The model&apos;s own</source>
        <translation>模型自带的值</translation>
    </message>
    <message>
        <source>Downloads</source>
        <translation>下载</translation>
    </message>
    <message>
        <source>Whether models may be downloaded. Nothing else ever is, and nothing by itself.</source>
        <translation>是否允许下载模型。除此之外不会下载任何内容，也不会自行下载。</translation>
    </message>
    <message>
        <source>When I press Install</source>
        <translation>在我按“安装”时</translation>
    </message>
    <message>
        <source>Never</source>
        <translation>从不</translation>
    </message>
    <message>
        <source>Answers</source>
        <translation>回答</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>温度</translation>
    </message>
    <message>
        <source>0 always gives the likeliest words; more gives more variety and more mistakes.</source>
        <translation>0 总是给出最可能的词；数值越大，变化越多，错误也越多。</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>随机种子</translation>
    </message>
    <message>
        <source>The same number gives the same answer again; without effect at temperature 0.</source>
        <translation>相同的数字会得到相同的回答；温度为 0 时不起作用。</translation>
    </message>
    <message>
        <source>Longest answer</source>
        <translation>回答的最大长度</translation>
    </message>
    <message>
        <source>Where an answer is ended, in tokens; a word has one or two.</source>
        <translation>回答到多少个词元为止；一个英文单词有一到两个词元。</translation>
    </message>
    <message>
        <source>As the task needs</source>
        <translation>视任务需要而定</translation>
    </message>
    <message>
        <source>Sound</source>
        <translation>声音</translation>
    </message>
    <message>
        <source>Microphone</source>
        <translation>麦克风</translation>
    </message>
    <message>
        <source>What hears you; “Try it” shows how loud you are.</source>
        <translation>用来听你说话的设备；“试一试”显示你的音量。</translation>
    </message>
    <message>
        <source>The system&apos;s own</source>
        <translation>系统默认</translation>
    </message>
    <message>
        <source>Files</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Data folder</source>
        <translation>数据文件夹</translation>
    </message>
    <message>
        <source>Where the program keeps what you give it; what is elsewhere stays there.</source>
        <translation>程序保存你所提供内容的位置；已在别处的内容不会移动。</translation>
    </message>
    <message>
        <source>The system&apos;s place for it</source>
        <translation>系统的默认位置</translation>
    </message>
    <message>
        <source>{key} can&apos;t be {value}; it can be {possible}.</source>
        <translation>{key} 不能是 {value}；可以是{possible}。</translation>
    </message>
    <message>
        <source> or </source>
        <translation> 或 </translation>
    </message>
    <message>
        <source>the path of a folder</source>
        <translation>文件夹的路径</translation>
    </message>
    <message>
        <source>a name</source>
        <translation>一个名称</translation>
    </message>
    <message>
        <source>a whole number from {low} to {high}</source>
        <translation> {low} 到 {high} 之间的整数</translation>
    </message>
    <message>
        <source>a number from {low} to {high}</source>
        <translation> {low} 到 {high} 之间的数</translation>
    </message>
    <message>
        <source>The settings can&apos;t be kept in {path}: {reason}.</source>
        <translation>无法将设置保存到 {path}：{reason}。</translation>
    </message>
    <message>
        <source>Try it</source>
        <translation>试一试</translation>
    </message>
    <message>
        <source>Try the microphone</source>
        <translation>试用麦克风</translation>
    </message>
    <message>
        <source>How loud it is</source>
        <translation>音量</translation>
    </message>
</context>
<context>
    <name>sound</name>
    <message>
        <source>PortAudio is missing, so nothing can be heard; install libportaudio2.</source>
        <translation>缺少 PortAudio，因此无法录音；请安装 libportaudio2。</translation>
    </message>
    <message>
        <source>No loudspeaker is there; plug in one, or headphones, and try again.</source>
        <translation>没有扬声器；请接上扬声器或耳机后重试。</translation>
    </message>
    <message>
        <source>The sound system can&apos;t be used: {reason}.</source>
        <translation>无法使用声音系统：{reason}。</translation>
    </message>
    <message>
        <source>No microphone is there; plug one in and try again.</source>
        <translation>没有麦克风；请插入一个，然后重试。</translation>
    </message>
    <message>
        <source>The microphone {name} is not there; choose another one.</source>
        <translation>找不到麦克风 {name}；请选择另一个。</translation>
    </message>
    <message>
        <source>The microphone {name} can&apos;t be used: {reason}.</source>
        <translation>无法使用麦克风 {name}：{reason}。</translation>
    </message>
    <message>
        <source>The microphone {name} is gone.</source>
        <translation>麦克风 {name} 已断开。</translation>
    </message>
    <message>
        <source>The loudspeaker {name} can&apos;t be used: {reason}.</source>
        <translation>无法使用扬声器 {name}：{reason}。</translation>
    </message>
    <message>
        <source>The file of this recording is no longer there.</source>
        <translation>此录音的文件已不存在。</translation>
    </message>
    <message>
        <source>This recording can&apos;t be read: {reason}</source>
        <translation>无法读取此录音：{reason}</translation>
    </message>
    <message>
        <source>Time in the recording</source>
        <translation>录音中的时间</translation>
    </message>
    <message>
        <source>Stop the recording</source>
        <translation>停止播放录音</translation>
    </message>
    <message>
        <source>Play the recording, {length}</source>
        <translation>播放录音，{length}</translation>
    </message>
    <message>
        <source>Play (Space)</source>
        <translation>播放（空格键）</translation>
    </message>
    <message>
        <source>Stop (Space)</source>
        <translation>停止（空格键）</translation>
    </message>
    <message>
        <source>{name} has no sound in it; choose another recording.</source>
        <translation>{name} 中没有声音；请选择其他录音。</translation>
    </message>
    <message>
        <source>{name} can&apos;t be read as a recording; WAV, FLAC, MP3 and OGG can.</source>
        <translation>{name} 无法作为录音读取；可读取 WAV、FLAC、MP3 和 OGG。</translation>
    </message>
    <message>
        <source>This recording</source>
        <translation>此录音</translation>
    </message>
</context>
<context>
    <name>store</name>
    <message>
        <source>{name} can&apos;t be kept with the conversation: {reason}.</source>
        <translation>无法随对话保存 {name}：{reason}。</translation>
    </message>
    <message>
        <source>The file can&apos;t be kept in {folder}: {reason}.</source>
        <translation>文件无法保存到 {folder}：{reason}。</translation>
    </message>
    <message>
        <source>The conversations in {path} can&apos;t be opened: {reason}.</source>
        <translation>无法打开 {path} 中的对话：{reason}。</translation>
    </message>
    <message>
        <source>The conversations in {path} can&apos;t be read: {reason}.</source>
        <translation>无法读取 {path} 中的对话：{reason}。</translation>
    </message>
    <message>
        <source>The conversations in {path} can&apos;t be written: {reason}.</source>
        <translation>无法写入 {path} 中的对话：{reason}。</translation>
    </message>
    <message>
        <source>A newer Sightline wrote the conversations here: this one shows them, and keeps nothing of what is asked now.</source>
        <translation>这里的对话由更新版本的 Sightline 写入：当前版本可以显示它们，但不会保存现在的提问。</translation>
    </message>
    <message>
        <source>Corrected by hand.</source>
        <translation>已人工更正。</translation>
    </message>
    <message>
        <source>{name} is no conversation of Sightline&apos;s: {reason}.</source>
        <translation>{name} 不是 Sightline 的对话文件：{reason}。</translation>
    </message>
    <message>
        <source>{name} is damaged: turn {turn} has no place in it.</source>
        <translation>{name} 已损坏：轮次 {turn} 无法归位。</translation>
    </message>
    <message>
        <source>About the region {corners}.</source>
        <translation>关于选区 {corners}。</translation>
    </message>
    <message>
        <source>here</source>
        <translation>这里</translation>
    </message>
    <message>
        <source>Recording</source>
        <translation>录音</translation>
    </message>
    <message>
        <source>Heard: “{words}”</source>
        <translation>听到：“{words}”</translation>
    </message>
    <message>
        <source>Written down from the recording:</source>
        <translation>由录音听写：</translation>
    </message>
    <message>
        <source>{name} can&apos;t be read: {reason}.</source>
        <translation>无法读取 {name}：{reason}。</translation>
    </message>
    <message>
        <source>{path} can&apos;t be written: {reason}.</source>
        <translation>无法写入 {path}：{reason}。</translation>
    </message>
    <message>
        <source>This conversation is no longer there.</source>
        <translation>这段对话已不存在。</translation>
    </message>
    <message>
        <source>The conversation of this answer is no longer there.</source>
        <translation>此回答所属的对话已不存在。</translation>
    </message>
</context>
<context>
    <name>tasks</name>
    <message>
        <source>Chat</source>
        <translation>聊天</translation>
    </message>
    <message>
        <source>Question</source>
        <translation>提问</translation>
    </message>
    <message>
        <source>Caption</source>
        <translation>一句描述</translation>
    </message>
    <message>
        <source>Describe</source>
        <translation>详细描述</translation>
    </message>
    <message>
        <source>Point to</source>
        <translation>指出</translation>
    </message>
    <message>
        <source>What is this</source>
        <translation>这是什么</translation>
    </message>
    <message>
        <source>Find all</source>
        <translation>全部找出</translation>
    </message>
    <message>
        <source>Transcribe</source>
        <translation>转写</translation>
    </message>
    <message>
        <source>Expression</source>
        <translation>表情</translation>
    </message>
    <message>
        <source>Ask anything.</source>
        <translation>可以问任何问题。</translation>
    </message>
    <message>
        <source>Ask about the picture; the answer is short.</source>
        <translation>就图片提问；回答很简短。</translation>
    </message>
    <message>
        <source>One sentence about the picture; nothing to type.</source>
        <translation>用一句话描述图片；无需输入。</translation>
    </message>
    <message>
        <source>A description with a box for each thing; nothing to type.</source>
        <translation>描述图片，并为每样东西画框；无需输入。</translation>
    </message>
    <message>
        <source>Say what to point at.</source>
        <translation>说出要指出的东西。</translation>
    </message>
    <message>
        <source>Draw a box around something to hear what it is.</source>
        <translation>在某样东西周围画框，询问它是什么。</translation>
    </message>
    <message>
        <source>Name what to find, separated by commas.</source>
        <translation>写出要找的东西，用逗号分隔。</translation>
    </message>
    <message>
        <source>Record or open some speech to see it written down.</source>
        <translation>录制或打开一段语音，将它转为文字。</translation>
    </message>
    <message>
        <source>Draw a box around a face, or say whose.</source>
        <translation>在一张脸周围画框，或说明是谁的脸。</translation>
    </message>
    <message>
        <source>Type {tag}</source>
        <translation>输入 {tag}</translation>
    </message>
</context>
<context>
    <name>voice</name>
    <message>
        <source>End the recording</source>
        <translation>结束录音</translation>
    </message>
    <message>
        <source>End the recording (let go, or press once more)</source>
        <translation>结束录音（松开，或再按一次）</translation>
    </message>
    <message>
        <source>Talk</source>
        <translation>说话</translation>
    </message>
    <message>
        <source>Hold to talk, or press once to begin and once to end.
Holding Space does the same wherever nothing is typed.</source>
        <translation>按住说话，或按一次开始、再按一次结束。
没有在输入文字时，按住空格键也一样。</translation>
    </message>
    <message>
        <source>How loud it is</source>
        <translation>音量</translation>
    </message>
    <message>
        <source>Recording</source>
        <translation>录音</translation>
    </message>
    <message>
        <source>Discard the recording</source>
        <translation>放弃录音</translation>
    </message>
    <message>
        <source>Discard the recording (Esc)</source>
        <translation>放弃录音 (Esc)</translation>
    </message>
    <message>
        <source>Opening the microphone…</source>
        <translation>正在打开麦克风…</translation>
    </message>
    <message>
        <source>Let go when you are done. Escape discards.</source>
        <translation>说完后松开。按 Esc 放弃。</translation>
    </message>
    <message>
        <source>Press again when you are done. Escape discards.</source>
        <translation>说完后再按一次。按 Esc 放弃。</translation>
    </message>
    <message>
        <source>Speak now, and let go when you are done. Escape discards.</source>
        <translation>请说话，说完后松开。按 Esc 放弃。</translation>
    </message>
    <message>
        <source>Speak now, and press again to end. Escape discards.</source>
        <translation>请说话，再按一次结束。按 Esc 放弃。</translation>
    </message>
    <message>
        <source>{time} left</source>
        <translation>剩余 {time}</translation>
    </message>
    <message>
        <source>The recording can&apos;t be kept in {folder}: {reason}.</source>
        <translation>无法将录音保存到 {folder}：{reason}。</translation>
    </message>
    <message>
        <source>The microphone {name} is gone.</source>
        <translation>麦克风 {name} 已断开。</translation>
    </message>
    <message>
        <source>The microphone was not open yet; wait for “Speak now”.</source>
        <translation>麦克风尚未打开；请等到出现“请说话”。</translation>
    </message>
    <message>
        <source>Only noise was heard, no words; speak closer to the microphone.</source>
        <translation>只听到噪声，没有听到话语；请离麦克风近一些。</translation>
    </message>
    <message>
        <source>Nothing was heard; the microphone {name} may be muted.</source>
        <translation>什么也没有听到；麦克风 {name} 可能已静音。</translation>
    </message>
    <message>
        <source>What it heard until then is kept.</source>
        <translation>此前录下的内容已保留。</translation>
    </message>
    <message>
        <source>The recording ended here: the model takes no longer one.</source>
        <translation>录音到此结束：模型不接受更长的录音。</translation>
    </message>
    <message>
        <source>The recording was discarded.</source>
        <translation>录音已放弃。</translation>
    </message>
</context>
<context>
    <name>window</name>
    <message>
        <source>Program menu</source>
        <translation>程序菜单</translation>
    </message>
    <message>
        <source>Models, settings, log, corrections ({keys})</source>
        <translation>模型、设置、日志、更正（{keys}）</translation>
    </message>
    <message>
        <source>Models…</source>
        <translation>模型…</translation>
    </message>
    <message>
        <source>Settings…</source>
        <translation>设置…</translation>
    </message>
    <message>
        <source>Log…</source>
        <translation>日志…</translation>
    </message>
    <message>
        <source>Introduction</source>
        <translation>介绍</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Close (Esc)</source>
        <translation>关闭 (Esc)</translation>
    </message>
</context>
</TS>
